#!/usr/bin/env python3
"""What `kappa replay diff --csv` must say of two dumps of results (`kappa consume … --json`): plain and slow.

    difference.py OLD NEW
"""
import json, sys
from collections import Counter


def windows(path):
    found = {}
    for line in open(path, encoding="utf-8"):
        record = json.loads(line)
        if record["topic"].endswith((".late", ".dead")):
            continue
        value = json.loads(record["value"])
        key = (value["borehole_number"], value["instrument"], value["window_start"], value["window_end"])
        found[(record["topic"], *key)] = record["value"]
    return found


old, new = windows(sys.argv[1]), windows(sys.argv[2])
counts = {topic: Counter() for topic in sorted({key[0] for key in old} | {key[0] for key in new})}
for key in old.keys() | new.keys():
    what = "missing" if key not in new else "added" if key not in old else "same" if old[key] == new[key] else "changed"
    counts[key[0]][what] += 1
for topic, count in counts.items():
    print(topic, *(count[name] for name in ("same", "changed", "added", "missing")), sep=",")
