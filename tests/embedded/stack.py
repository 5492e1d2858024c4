#!/usr/bin/env python3
"""The deepest stack by the compiler's own account: frames and calls of gcc's -fcallgraph-info=su files, added up along the
longest way. usage: stack.py first|all ROOT[,ROOT...] FILE.ci...   Prints the depth, then the way, one function a line.
first: without the further tests, as a program has them that names neither natsonde_further_tests nor natsonde_judge_all.

Calls through pointers are the tables of behaviours (core/judge.c, core/further.c), resolved here, and the caller's door and chance, which are not
counted: they are another layer's stack. Any other such call is an error. A function without a frame in the files is libc's or the
compiler's: counted as LEAF bytes."""
import re
import sys

LEAF = 32  # what memcpy and its like take, generously
NODE = re.compile(r'node: \{ title: "([^"]+)" label: "([^"]*)"')
EDGE = re.compile(r'edge: \{ sourcename: "([^"]+)" targetname: "([^"]+)"')
FURTHER = ("intercept", "tcp", "fragments", "ports", "lifetime", "hairpin")
FIRST = r"natsonde_(?!(" + "|".join(FURTHER) + r")_)[a-z0-9]+"
EVERY = r"natsonde_[a-z0-9]+"
# What a plan brings with it is called by the engine alone, or by what decides which tests are needed.
ENGINE = re.compile(r"(src/core/(engine|slots|judge).c:|natsonde_(engine|slots?|tests)_)[a-z_]+")


def brought(caller):
    if re.search(r"engine_next|collect", caller):
        return r"src/core/further.c:(ask|slot_for)$"
    return r"src/core/further.c:(needs|slot_for)$"


def pointers(which):
    behaviour = EVERY if which == "all" else FIRST
    return {
        "natsonde_judge_row": behaviour + "_judge$",
        "natsonde_engine_next": behaviour + "_ask$",
        "collect_first": behaviour + "_ask$",
        "ask": behaviour + "_ask$",
        "walk": r"src/core/ladder.c:",
        "decode": r"src/core/stun_decode.c:read_",
        "natsonde_stun_encode": r"src/core/stun_encode.c:write_",
    }


OUTSIDE = {"drive_together", "natsonde_drive", "perform", "deliver", "open_slot", "send_question"}


def read(files):
    frames, calls = {}, {}
    for name in files:
        with open(name, encoding="utf-8") as lines:
            for line in lines:
                node, edge = NODE.search(line), EDGE.search(line)
                if node:
                    size = re.search(r"(\d+) bytes \((\w+)", node[2])
                    if size:
                        if size[2] != "static":
                            sys.exit(f"{node[1]} has a frame whose size is not known: {size[2]}")
                        frames[node[1]] = int(size[1])
                elif edge:
                    calls.setdefault(edge[1], set()).add(edge[2])
    return frames, calls


def resolve(frames, calls, which):
    known = pointers(which)
    for caller, callees in calls.items():
        if "__indirect_call" not in callees:
            continue
        callees.discard("__indirect_call")
        name = caller.split(":")[-1].split(".")[0]
        patterns = [known[name]] if name in known else []
        if which == "all" and ENGINE.match(caller):
            patterns.append(brought(caller))
        for pattern in patterns:
            callees.update(callee for callee in frames if re.match(pattern, callee) and callee != caller)
        if not patterns and name not in OUTSIDE and not ENGINE.match(caller):
            sys.exit(f"{caller} calls through a pointer: to where?")


def deepest(name, frames, calls, known, way=()):
    if name in way:
        sys.exit(f"{name} calls itself: its depth has no bound")
    if name not in known:
        below = [deepest(callee, frames, calls, known, way + (name,)) for callee in sorted(calls.get(name, ()))]
        depth, path = max(below, default=(0, []), key=lambda entry: entry[0])
        frame = frames.get(name, LEAF)
        known[name] = (depth + frame, [(name, frame)] + path)
    return known[name]


def main():
    frames, calls = read(sys.argv[3:])
    resolve(frames, calls, sys.argv[1])
    known = {}
    depth, path = max((deepest(root, frames, calls, known) for root in sys.argv[2].split(",")), key=lambda entry: entry[0])
    print("\n".join([str(depth)] + [f"{frame:6} {name.split(':')[-1]}" for name, frame in path]))


main()
