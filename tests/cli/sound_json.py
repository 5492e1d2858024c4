#!/usr/bin/env python3
"""sound_json.py FILE...: prints what is wrong with JSON reports that jq would let pass: duplicate keys, NaN, Infinity."""
import json
import sys


def without_repeats(pairs):
    keys = [key for key, _ in pairs]
    repeated = {key for key in keys if keys.count(key) > 1}
    if repeated:
        raise ValueError("duplicate keys: " + ", ".join(sorted(repeated)))
    return dict(pairs)


def refuse(constant):
    raise ValueError("not a number: " + constant)


for path in sys.argv[1:]:
    try:
        with open(path, encoding="utf-8") as file:
            json.load(file, object_pairs_hook=without_repeats, parse_constant=refuse)
    except ValueError as error:
        print("%s: %s" % (path, error))
