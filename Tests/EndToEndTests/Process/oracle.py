#!/usr/bin/env python3
"""What `kappa process` must have written, worked out from the raw topic by other means: plain, slow, sharing no code.

    oracle.py RAW OUT [--window MS] [--grace MS] [--future MS] [--ticks FILE]

RAW is `kappa consume INPUT -e --json`; OUT the same of all outputs, INPUT.late and INPUT.dead. It prints the counts
and ends with 0 when everything is equal, bit for bit; or says what is not and ends with 1.
"""
import argparse, base64, json, math, re, sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone

ROUTES = ["water_standpipe", "piezometer", "settlement_marker", "extensometer", "strain_gauge"]
FIELDS = [("borehole_number", str), ("instrument", str), ("surface_level", float), ("northing", float),
          ("easting", float), ("reading", float), ("timestamp", str)]
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:?\d\d)?$", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)


class Number(float):
    """A number that remembers its digits."""
    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.raw = text
        return number


class Bad(Exception):
    pass


def refuse(text):
    raise ValueError(text)


def parse(raw):
    if raw is None:
        raise Bad("not-json")
    try:
        value = json.loads(raw.decode(), parse_float=Number, parse_int=Number, parse_constant=refuse)
        json.dumps(value, ensure_ascii=False).encode()
    except (ValueError, RecursionError):
        raise Bad("not-json")
    return value


def milliseconds(text):
    match = TIME.match(text)
    if not match:
        return None
    day, clock, fraction, zone = match.groups()
    try:
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except ValueError:
        return None
    if zone and zone not in "Zz":
        sign = -1 if zone[0] == "-" else 1
        moment -= sign * timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
    return (moment - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])


def written(ms):
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)


def check(item, logged, future):
    if not isinstance(item, dict):
        raise Bad("not-an-object")
    for name, kind in FIELDS:
        if name not in item:
            raise Bad("missing", name)
        value = item[name]
        reason = "null" if value is None else "empty" if value == "" else None
        if reason is None and (not isinstance(value, kind) or kind is float and abs(value) > 1e290):
            reason = "wrong-type"
        if reason:
            raise Bad(reason, name)
    time = milliseconds(item["timestamp"])
    if time is None:
        raise Bad("bad-time", "timestamp")
    if time - logged > future:
        raise Bad("future-time", "timestamp")
    if item["instrument"] not in ROUTES:
        raise Bad("unknown-route", "instrument")
    return time


def content(record, name):
    if name + "_base64" in record:
        return base64.b64decode(record[name + "_base64"])
    return None if record[name] is None else record[name].encode()


def expected(records, ticks, options):
    """Reads each partition in offset order by its own clock: the windows, the late and the dead."""
    windows, late, dead = defaultdict(list), Counter(), Counter()
    clocks = defaultdict(lambda: -math.inf)
    for record in sorted(records, key=lambda r: (r["partition"], r["offset"])):
        partition, offset, raw = record["partition"], record["offset"], content(record, "value")
        for tick in ticks:
            if tick["partition"] == partition and tick["offset"] <= offset:
                clocks[partition] = max(clocks[partition], tick["clock"])
        units = None
        try:
            value = parse(raw)
            if not isinstance(value, dict):
                raise Bad("not-an-object")
            items = [(None, value)]
            if "items" in value:
                if not isinstance(value["items"], list):
                    raise Bad("not-an-object", "items")
                items, units = list(enumerate(value["items"])), value.get("units")
        except Bad as bad:
            dead[(*(bad.args + (None,))[:2], partition, offset, None, raw)] += 1
            continue
        for index, item in items:
            kept = raw if index is None else json.dumps(item)
            try:
                time = check(item, record["timestamp"], options.future)
            except Bad as bad:
                dead[(*(bad.args + (None,))[:2], partition, offset, index, kept)] += 1
                continue
            start = time // options.window * options.window
            if start + options.window + options.grace <= clocks[partition]:
                late[(written(start), partition, offset, index, kept)] += 1
                continue
            carried = tuple(item[name].raw for name in ("surface_level", "northing", "easting"))
            windows[(item["borehole_number"], item["instrument"], start)].append(
                (time, float(item["reading"]) + 0.0, carried, item.get("units", units)))
            clocks[partition] = max(clocks[partition], time)
    return windows, late, dead


def result(key, readings, window):
    borehole, instrument, start = key
    # Of the latest the largest value, then the longest and largest carried text, field by field.
    time, _, carried, units = max(readings, key=lambda r: (*r[:2], [(len(t), t) for t in (*r[2], json.dumps(r[3]))]))
    values = [reading[1] for reading in readings]
    total = math.fsum(values)
    return (instrument, borehole, borehole, instrument, *carried, (total / len(values)).hex(), json.dumps(units),
            written(time), written(start), written(start + window), len(values), min(values).hex(), max(values).hex(),
            total.hex(), start + window - 1)


def found(records):
    results, late, dead = Counter(), Counter(), Counter()
    order = defaultdict(list)
    for record in sorted(records, key=lambda r: (r["topic"], r["partition"], r["offset"])):
        raw = content(record, "value")
        if record["topic"] in ROUTES:
            r = json.loads(raw, parse_float=Number, parse_int=Number)
            results[(record["topic"], content(record, "key").decode(), r["borehole_number"], r["instrument"],
                     r["surface_level"].raw, r["northing"].raw, r["easting"].raw, r["reading"].hex(),
                     json.dumps(r["units"]), r["timestamp"], r["window_start"], r["window_end"], int(r["count"]),
                     r["min"].hex(), r["max"].hex(), r["sum"].hex(), record["timestamp"])] += 1
            order[(record["topic"], record["partition"])].append((r["window_end"], r["borehole_number"].encode()))
            continue
        notes = {header["name"]: header["value"] for header in record["headers"]}
        index = int(notes["kappa.item"]) if "kappa.item" in notes else None
        kept = raw if index is None else json.dumps(json.loads(raw, parse_int=float))
        place = (int(notes["kappa.partition"]), int(notes["kappa.offset"]), index, kept)
        if notes["kappa.reason"] == "late":
            late[(notes["kappa.window.start"], *place)] += 1
        else:
            dead[(notes["kappa.reason"], notes.get("kappa.field"), *place)] += 1
    return results, late, dead, all(rows == sorted(rows) for rows in order.values())


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("raw")
    parser.add_argument("out")
    for name, default in (("window", 10_000), ("grace", 10_000), ("future", 3_600_000)):
        parser.add_argument("--" + name, type=int, default=default)
    parser.add_argument("--ticks")
    options = parser.parse_args()
    read = lambda path: [json.loads(line) for line in open(path, encoding="utf-8")]
    ticks = [json.loads(record["value"]) for record in read(options.ticks)] if options.ticks else []
    windows, late, dead = expected(read(options.raw), ticks, options)
    wanted = Counter(result(key, readings, options.window) for key, readings in windows.items())
    *got, isInOrder = found(read(options.out))
    for name, want, have in zip(("results", "late", "dead"), (wanted, late, dead), got):
        print(f"{name} {sum(want.values())}")
        for which, rows in (("missing", want - have), ("too many", have - want)):
            for row in list(rows)[:5]:
                print(f"{name}: {which} {row}")
    isEqual = (wanted, late, dead) == tuple(got)
    print("equal" if isEqual and isInOrder else "in no order" if isEqual else "different")
    sys.exit(0 if isEqual and isInOrder else 1)


main()
