#!/usr/bin/env python3
"""The tables of the speed benchmark, as Markdown: speed_table.py RESULTS. RESULTS has a line for every run (speed.sh)."""
import collections
import statistics
import sys

CLASSES = [(m, f) for m in ("ei", "ad", "apd") for f in ("ei", "ad", "apd")]
RESTRICTED = [(m, f) for m, f in CLASSES if f != "ei"]
TOOLS = {"natsonde": "natsonde", "coturn": "turnutils_natdiscovery", "vovida": "stun"}

Run = collections.namedtuple("Run", "tool mapping filtering rtt loss seed us packets "
                                    "said_mapping said_filtering certainties elapsed_ms")


def read(path):
    with open(path, encoding="ascii") as file:
        rows = [Run(*line.rstrip("\n").split("\t")) for line in file]
    return [row._replace(rtt=int(row.rtt), loss=int(row.loss), us=int(row.us), packets=int(row.packets)) for row in rows]


def judged(said, truth):
    """The classes are said as RFC 4787 has them; "d", dependent in some way, is true of every dependent mapping."""
    if said == "-":
        return "none"
    return "right" if said == truth or (said == "d" and truth != "ei") else "wrong"


def counts(runs, said, truth):
    found = collections.Counter(judged(getattr(run, said), getattr(run, truth)) for run in runs)
    return "%d / %d / %d" % (found["right"], found["wrong"], found["none"])


def wrong_verified(runs):
    """natsonde alone says how sure it is: wrong verdicts that it called verified."""
    wrong = 0
    for run in runs:
        mapping, filtering = run.certainties.split("/")
        wrong += mapping == "verified" and judged(run.said_mapping, run.mapping) == "wrong"
        wrong += filtering == "verified" and judged(run.said_filtering, run.filtering) == "wrong"
    return wrong


def seconds(runs):
    return statistics.median(run.us for run in runs) / 1e6


def packets(runs):
    return statistics.median(run.packets for run in runs)


def one_of(runs, **want):
    return [run for run in runs if all(getattr(run, key) == value for key, value in want.items())]


def table(head, rows):
    print("| " + " | ".join(head) + " |")
    print("| " + " | ".join("---" if i == 0 else "---:" for i in range(len(head))) + " |")
    for row in rows:
        print("| " + " | ".join(str(cell) for cell in row) + " |")
    print()


def verdicts(runs):
    """All nine classes together: what was said, and what it cost beside natsonde."""
    for loss in sorted({run.loss for run in runs}):
        for rtt in sorted({run.rtt for run in runs}):
            ours = one_of(runs, loss=loss, rtt=rtt, tool="natsonde")
            for tool, name in TOOLS.items():
                these = one_of(runs, loss=loss, rtt=rtt, tool=tool)
                yield ("%d %%, %d ms, %s" % (loss, rtt, name), len(these), counts(these, "said_mapping", "mapping"),
                       counts(these, "said_filtering", "filtering"),
                       "%.2f" % seconds(these), "%.2f" % (seconds(ours) / seconds(these)),
                       "%g" % packets(these), "%.2f" % (packets(ours) / packets(these)))


def by_class(runs, rtts):
    for loss in sorted({run.loss for run in runs}):
        for mapping, filtering in CLASSES:
            row = ["%d %%, %sm/%sf" % (loss, mapping, filtering)]
            for rtt in rtts:
                here = one_of(runs, loss=loss, rtt=rtt, mapping=mapping, filtering=filtering)
                times = [seconds(one_of(here, tool=tool)) for tool in TOOLS]
                row.append("%.2f / %.2f / %.2f" % tuple(times) + (" slower" if times[0] > min(times[1:]) else ""))
            yield row


def fastest(runs):
    """Of the classes whose filtering is restricted: in how many natsonde took the least time, as a median."""
    for loss in sorted({run.loss for run in runs}):
        row = ["%d %%" % loss]
        for rtt in sorted({run.rtt for run in runs}):
            faster = 0
            for mapping, filtering in RESTRICTED:
                here = one_of(runs, loss=loss, rtt=rtt, mapping=mapping, filtering=filtering)
                times = [seconds(one_of(here, tool=tool)) for tool in TOOLS]
                faster += times[0] < min(times[1:])
            row.append("%d of %d" % (faster, len(RESTRICTED)))
        yield row


def budget_ms(filtering, rtt):
    return 2 * rtt + 30 if filtering == "ei" else {20: 330, 100: 460, 300: 1350}[rtt]


def clean_path(runs, rtts):
    for mapping, filtering in CLASSES:
        row = ["%sm/%sf" % (mapping, filtering)]
        for rtt in rtts:
            here = one_of(runs, tool="natsonde", loss=0, rtt=rtt, mapping=mapping, filtering=filtering)
            took, may = statistics.median(float(run.elapsed_ms) for run in here), budget_ms(filtering, rtt)
            row.append("%.1f of %d, %s" % (took, may, "met" if took <= may else "**not met**"))
        yield row


def main():
    runs = read(sys.argv[1])
    rtts = sorted({run.rtt for run in runs})
    print("All classes together. Verdicts are counted right / wrong / none; seconds and packets are medians, and their ratios\n"
          "are natsonde : this program.\n")
    table(["loss one way, RTT, program", "runs", "mapping", "filtering", "seconds", "ratio", "packets", "ratio"], verdicts(runs))
    print("Wrong verdicts that natsonde called verified: %d in %d runs.\n" % (
        wrong_verified(one_of(runs, tool="natsonde")), len(one_of(runs, tool="natsonde"))))
    print("Classes with restricted filtering in which natsonde was faster than both, by medians:\n")
    table(["loss"] + ["RTT %d ms" % rtt for rtt in rtts], fastest(runs))
    print("Without loss, natsonde's own time (`elapsed_ms`, median) against its budget, in milliseconds:\n")
    table(["class"] + ["RTT %d ms" % rtt for rtt in rtts], clean_path(runs, rtts))
    print("Each class: seconds (median) of %s;\n\"slower\" where natsonde is not the fastest.\n" % " / ".join(TOOLS.values()))
    table(["loss, class"] + ["RTT %d ms" % rtt for rtt in rtts], by_class(runs, rtts))


main()
