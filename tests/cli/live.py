#!/usr/bin/env python3
"""What needs a real socket and a signal: live.py NATSONDE. Prints "ok NAME" or "FAIL NAME: why" for each check.

A server on the loopback interface hears and never answers; a terminal of our own is the program's stderr."""
import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time


def interrupted(natsonde, arguments, stderr, handler=signal.default_int_handler):
    """Runs natsonde against a silent server, interrupts it soon after its first packet. Returns (exit code, stdout)."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as server:
        server.bind(("127.0.0.1", 0))
        server.settimeout(10)
        name = "127.0.0.1:%d" % server.getsockname()[1]
        # A shell may have left SIGINT ignored for us; the program under test must not inherit that.
        process = subprocess.Popen([natsonde, *arguments, name], stdout=subprocess.PIPE, stderr=stderr,
                                   preexec_fn=lambda: signal.signal(signal.SIGINT, handler))
        server.recvfrom(1500)
        time.sleep(0.3)
        process.send_signal(signal.SIGINT)
        out, _ = process.communicate(timeout=10)
        return process.returncode, out.decode()


def check_interrupt(natsonde):
    code, out = interrupted(natsonde, ["-4", "--json"], subprocess.PIPE)
    report = json.loads(out)
    if (code, report["outcome"]) != (4, "interrupted"):
        return "exit %d, outcome %s" % (code, report["outcome"])
    if not report["probes"] or report["ipv4"]["mapping"]["verdict"] != "unknown":
        return "the report does not hold what was known: " + out
    return None


def check_background_interrupt(natsonde):
    """Shells start background jobs of scripts with SIGINT ignored; kill -INT is how such a script asks for what is known by now."""
    code, out = interrupted(natsonde, ["-4", "--json"], subprocess.PIPE, signal.SIG_IGN)
    outcome = json.loads(out)["outcome"]
    return None if (code, outcome) == (4, "interrupted") else "exit %d, outcome %s" % (code, outcome)


def read_all(terminal):
    """What was shown there, up to when nobody has the other end any more."""
    shown = b""
    while True:
        try:
            part = os.read(terminal, 65536)
        except OSError: # Linux's end of file
            part = b""
        if not part:
            return shown.decode()
        shown += part


def check_live_line(natsonde):
    """One line while the run lasts, erased in the end; the report itself does not mix with it."""
    terminal, stderr = pty.openpty()
    interrupted(natsonde, ["-4", "-s"], stderr)
    os.close(stderr)
    shown = read_all(terminal)
    os.close(terminal)
    if "packet" not in shown or "\n" in shown:
        return "shown: %r" % shown
    return None if shown.endswith("\r\033[K") else "not erased: %r" % shown


def check_lifetime_line(natsonde):
    """A test that takes minutes says what is known so far. The network is simulated: the minutes are not."""
    terminal, stderr = pty.openpty()
    with subprocess.Popen([natsonde, "-s", "-t", "lifetime", "--simulate", "lifetime=30"], stdout=subprocess.DEVNULL, stderr=stderr) as run:
        os.close(stderr)
        shown = read_all(terminal)
        run.wait(timeout=10)
    os.close(terminal)
    lines = shown.split("\r\033[K")
    for wanted in ("lifetime", "so far", "s left", "lives after", "ends after"):
        if not any(wanted in line for line in lines):
            return "never said: " + wanted
    return next(("too wide: " + line for line in lines if len(line) > 79), None)


def check_environment(natsonde):
    """NATSONDE_SERVERS is used where no server is named, and only there."""
    asked = {}
    for arguments in [], ["127.0.0.1:9"]:
        environment = dict(os.environ, NATSONDE_SERVERS="127.0.0.1:7,127.0.0.1:8")
        run = subprocess.run([natsonde, "-4", "-j", "-w", "0.5", *arguments], env=environment, stdout=subprocess.PIPE, check=False)
        asked[len(arguments)] = sorted(server["address"] for server in json.loads(run.stdout)["servers"])
    return None if asked == {0: ["127.0.0.1:7", "127.0.0.1:8"], 1: ["127.0.0.1:9"]} else str(asked)


def main():
    checks = {"interrupt": check_interrupt, "interrupt in the background": check_background_interrupt, "live line": check_live_line,
              "live line of lifetime": check_lifetime_line, "NATSONDE_SERVERS": check_environment}
    for name, check in checks.items():
        try:
            why = check(sys.argv[1])
        except (OSError, ValueError, KeyError, subprocess.SubprocessError) as error:
            why = repr(error)
        print("FAIL %s: %s" % (name, why) if why else "ok %s" % name, flush=True)


if __name__ == "__main__":
    main()
