#!/usr/bin/env python3
"""Reports as data: saved.py NATSONDE. What is saved is judged the same again; what is streamed is what is reported; what is
masked is masked everywhere. Prints "ok NAME" or "FAIL NAME: why" for each check."""
import glob
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile

SPECS = ["mapping=eim,filtering=eif", "mapping=apdm,family=both", "mapping=adm,filtering=adf", "mapping=none", "nats=2,family=both",
         "udp=drop", "udp=reject,tcp=reject", "udp=drop,tcp=drop,family=both", "server=third-address", "server=late",
         "server=answers-400+binding-only,family=both", "server=private-alternate", "server=silent+ok", "loss=25,seed=5", "pool=5,pooling=arbitrary",
         "conflict=a2p2", "jitter=30,loss=10,rtt=70", "alg=rewrites", "family=6", "family=6,filter-key=host"]
# The tests that have packets of their own, on these.
FURTHER = ["lifetime=15,stream-lifetime=25,hairpin=external,ports=random", "mapping=apdm,ports=sequential,family=both,lifetime=10",
           "mapping=none", "intercept=yes", "fragments=drop-inbound,tcp-mapping=adm,hairpin=internal,alg=rewrites", "loss=10,seed=4,lifetime=12",
           "server=no-response-port,ports=random,lifetime=12", "udp=drop", "family=6,accept-local=no,server=no-padding"]
ALL = ["-t", "all", "--max-lifetime", "30"]
SERVERS = ["stun.secret.example.org", "198.51.100.77"]


def run(*arguments, stdin=None):
    process = subprocess.run([sys.argv[1], *arguments], input=stdin, capture_output=True, text=True, timeout=60, check=False)
    return process.returncode, process.stdout, process.stderr


def check_replay():
    """Byte for byte, from a file and from the standard input."""
    files = [path for path in glob.glob("golden/*.out") if open(path, encoding="utf-8").read(1) == "{"]
    saved = [open(path, encoding="utf-8").read() for path in files if "jsonl" not in path and "/check-" not in path]
    saved += [run("--json", "--simulate", spec, *names)[1] for spec in SPECS for names in ([], SERVERS[:1] + ["two.example.org:19302"])]
    saved += [run("--json", *ALL, "--simulate", spec)[1] for spec in FURTHER]
    for text in saved:
        code, out, err = run("--json", "--replay", "-", stdin=text)
        if out != text or err:
            return "%s: exit %d, %s" % (json.loads(text)["simulated"], code, err)
        if code != {"complete": 0, "incomplete": 4, "unreachable": 3}[json.loads(text)["outcome"]]:
            return "%s: exit %d" % (json.loads(text)["simulated"], code)
    return None


def check_stream():
    """The events of a run are its report, in the order in which it happened."""
    for spec, tests in [(spec, []) for spec in SPECS] + [(spec, ALL) for spec in FURTHER]:
        code, lines, _ = run("--jsonl", *tests, "--simulate", spec)
        report = json.loads(run("--json", *tests, "--simulate", spec)[1])
        events = [json.loads(line) for line in lines.splitlines()]
        if [events[0]["event"], events[-1]["event"], events[-1]["exit"]] != ["begin", "end", code]:
            return "%s: it begins %s and ends %s" % (spec, events[0], events[-1])
        first = {"ipv4": 0, "ipv6": sum(1 for p in report["probes"] if report["servers"][p["server"]]["family"] == "ipv4")}
        for event in events:
            if event["event"] in ("sent", "answered", "late", "error", "unreachable", "unsent"):
                probe = report["probes"][first[event["family"]] + event["id"]]
                keys = ["test", "local", "to", "change", "sent_ms"] + (["outcome", "mapped", "rtt_ms"] if "outcome" in event else [])
                # An answer from a wrong address may have been followed by the right one.
                if any(event[key] != probe[key] for key in keys if probe["from"] == event.get("from", probe["from"])):
                    return "%s: %s is not %s" % (spec, event, probe)
            elif event["event"] == "verdict":
                found = report[event["family"]][event["behaviour"]]
                if any(event[key] != found[key] for key in ("verdict", "certainty", "reason")):
                    return "%s: %s is not %s" % (spec, event, found)
        counts = {name: sum(1 for e in events if e["event"] == name) for name in ("sent", "unsent", "family", "server", "verdict")}
        if counts["sent"] + counts["unsent"] != len(report["probes"]) or counts["server"] != len(report["servers"]) or counts["family"] != 2:
            return "%s: %s" % (spec, counts)
    return None


def drain(server):
    """How many datagrams have come by now."""
    server.setblocking(False)
    count = 0
    while True:
        try:
            server.recvfrom(1500)
        except BlockingIOError:
            return count
        count += 1


def check_stream_is_live():
    """Lines come while the run lasts, and the run ends when nobody reads them: at the next packet, not after all the others. The
    program stands still while its reader goes, so that no clock decides what it sent before."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        name = "127.0.0.1:%d" % server.getsockname()[1]
        with subprocess.Popen([sys.argv[1], "-4", "--jsonl", name], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
            seen = [json.loads(process.stdout.readline())["event"] for _ in range(2)]
            process.send_signal(signal.SIGSTOP)
            is_running = os.WIFSTOPPED(os.waitpid(process.pid, os.WUNTRACED)[1])
            process.stdout.close()
            drain(server)
            process.send_signal(signal.SIGCONT)
            code = process.wait(timeout=30)
            complaint = process.stderr.read()
        if seen != ["begin", "sent"] or not is_running:
            return "seen while it ran: %s" % seen
        if drain(server) > 1:
            return "it went on when nobody read its lines any more"
        return None if code == 5 and complaint.count("\n") == 1 else "exit %d: %s" % (code, complaint)


def addresses(report):
    """All that belong to somebody: what no host has is asked for as it is."""
    text = json.dumps(report).replace("198.51.100.254", "").replace("100::fe", "")
    v4 = set(re.findall(r"(?<![0-9.:a-f])[0-9]{1,3}(?:\.[0-9]{1,3}){3}(?![0-9.])", text))
    v6 = {found.lower() for found in re.findall(r"(?<![0-9a-f:])[0-9a-f]*:[0-9a-f]*:[0-9a-f:]+(?=[\]\"])", text)}
    return v4, {found for found in v6 if not re.fullmatch(r"[0-9]{2}:[0-9]{2}:[0-9]{2}.?", found)}


def check_redact():
    """No form of a masked report holds an original address or name; its evidence is judged as before."""
    for spec, tests in [(spec, []) for spec in SPECS] + [(spec, ALL) for spec in FURTHER]:
        for names in ([], SERVERS):
            code, text, _ = run("--json", *tests, "--simulate", spec, *names)
            v4, v6 = addresses(json.loads(text))
            for form in ([], ["-v"], ["-s"], ["--json"], ["--diff", "-"]):
                masked_code, out, err = run("--redact", *form, *tests, "--simulate", spec, *names, stdin=text)
                whole = out + err
                left = [a for a in v4 if re.search(r"(?<![0-9.])" + re.escape(a) + r"(?![0-9.])", whole)]
                left += [a for a in v6 if re.search(r"(?<![0-9a-f:])" + re.escape(a) + r"(?![0-9a-f:])", whole)]
                if left or "secret" in whole:
                    return "%s %s %s: left %s" % (spec, names, form, left)
                if masked_code != (0 if form[:1] == ["--diff"] and code in (0, 4) else code) and form[:1] != ["--diff"]:
                    return "%s %s: exit %d, not %d" % (spec, form, masked_code, code)
            masked = run("--json", "--redact", *tests, "--simulate", spec, *names)[1]
            again = run("--json", "--replay", "-", stdin=masked)
            if again[1] != masked or again[2]:
                return "%s: the masked report is judged otherwise: %s" % (spec, again[2])
            if run("--json", "--redact", "--replay", "-", stdin=text)[1] != masked:
                return "%s: masked later, it is another report" % spec
    return None


def check_damage():
    """Whatever a file holds: an answer, or one line and exit code 2."""
    text = run("--json", "--simulate", "mapping=apdm,family=both,loss=10")[1].encode()
    chance = random.Random(5780)
    spoilt = [b"", b"{}", b"[]", b"null", b"\0", b"{" * 5000, b"[" * 100000, text[:-3], text + text, text + b"\0",
              b'{"schema":1,"tool":"natsonde"}', os.urandom(4096)]
    for _ in range(60):
        copy = bytearray(text)
        for _ in range(chance.randint(1, 4)):
            at = chance.randrange(len(copy))
            copy[at:at + chance.choice([0, 1, 1, 40])] = bytes(chance.randrange(256) for _ in range(chance.choice([0, 1, 1, 3])))
        spoilt.append(bytes(copy))
    with tempfile.NamedTemporaryFile() as file:
        for damaged in spoilt:
            file.seek(0)
            file.truncate()
            file.write(damaged)
            file.flush()
            for option in (["--replay", file.name], ["--diff", file.name, "--simulate", "seed=1"]):
                process = subprocess.run([sys.argv[1], *option], capture_output=True, timeout=60, check=False)
                lines = process.stderr.count(b"\n")
                if process.returncode not in (0, 1, 2, 3, 4) or (process.returncode == 2 and (lines != 1 or process.stdout)):
                    return "%r...: exit %d, %s" % (damaged[:40], process.returncode, process.stderr)
                if re.search(rb"[\x00-\x08\x0e-\x1f\x7f-\x9f]", process.stderr):
                    return "what a terminal would obey: %r" % process.stderr
    return None


def main():
    checks = {"replay": check_replay, "stream": check_stream, "live stream": check_stream_is_live, "redact": check_redact,
              "damaged reports": check_damage}
    for name, check in checks.items():
        try:
            why = check()
        except (OSError, ValueError, KeyError, IndexError, subprocess.SubprocessError) as error:
            why = repr(error)
        print("FAIL %s: %s" % (name, " ".join(why.split())) if why else "ok %s" % name, flush=True)


if __name__ == "__main__":
    main()
