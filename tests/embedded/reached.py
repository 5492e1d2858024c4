#!/usr/bin/env python3
"""What a linker has left of some sources in a program, by its map: after dropping what nothing reaches, and after shortening calls.
usage: reached.py MAP FOLDER   Prints "CODE CONSTANTS" of the objects in that folder."""
import re
import sys

# A name that is long stands on a line of its own; what was dropped has address 0.
PART = re.compile(r"^ \.(\w+)\S*\s+0x0*([0-9a-f]*)\s+0x([0-9a-f]+) (\S+)$", re.M)

with open(sys.argv[1], encoding="utf-8") as file:
    linked = file.read().split("Linker script and memory map", 1)[1]
code = constants = 0
for section, address, size, name in PART.findall(linked):
    if not address or "/" + sys.argv[2] + "/" not in name:
        continue
    if section in ("text", "literal"):
        code += int(size, 16)
    elif section in ("rodata", "srodata"):
        constants += int(size, 16)
print(code, constants)
