#!/usr/bin/env python3
"""What `kappa process` must have written, worked out from the raw topic by other means: plain, slow, sharing no code.

    oracle.py RAW OUT [--window MS] [--grace MS] [--future MS] [--ticks FILE] [--calibration FILE]

RAW is `kappa consume INPUT -e --json`; OUT the same of all outputs, INPUT.late and INPUT.dead. It prints the counts
and ends with 0 when everything is equal, bit for bit; or says what is not and ends with 1.
"""
import base64, csv, json, math, re, sys
from collections import Counter, defaultdict
from datetime import datetime, timedelta, timezone

ROUTES = ["water_standpipe", "piezometer", "settlement_marker", "extensometer", "strain_gauge"]
CARRIED = ["surface_level", "northing", "easting"]
FIELDS = {"borehole_number": str, "instrument": str, **dict.fromkeys(CARRIED + ["reading"], float), "timestamp": str}
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:?\d\d)?$", re.ASCII)
EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)

class Bad(Exception): """Why a record is a dead letter, and by which field."""
class Number(float):
    """A number that remembers its digits."""
    def __new__(cls, text):
        number = super().__new__(cls, text)
        number.raw = text
        return number

def parse(raw):
    try:
        value = json.loads(raw.decode(), parse_float=Number, parse_int=Number, parse_constant=int)
        json.dumps(value, ensure_ascii=False).encode()
        return value
    except (ValueError, RecursionError, AttributeError):
        raise Bad("not-json", None)

def milliseconds(text):
    try:
        day, clock, fraction, zone = TIME.match(text).groups()
        moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    except (AttributeError, ValueError):
        raise Bad("bad-time", "timestamp")
    if zone and zone not in "Zz":
        east = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment += east if zone[0] == "-" else -east
    return (moment - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])

def written(ms):
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)

def check(item, logged):
    if isinstance(item, Bad):
        raise item
    if not isinstance(item, dict):
        raise Bad("not-an-object", None)
    for name, kind in FIELDS.items():
        value = item.get(name, Bad)
        if value is Bad or value is None or value == "":
            raise Bad({None: "null", "": "empty"}.get(value, "missing"), name)
        if not isinstance(value, kind) or kind is float and abs(value) > 1e290:
            raise Bad("wrong-type", name)
    time = milliseconds(item["timestamp"])
    if time - logged > FUTURE:
        raise Bad("future-time", "timestamp")
    if item["instrument"] not in ROUTES:
        raise Bad("unknown-route", "instrument")
    return time

def content(record, name):
    text = record.get(name)
    return base64.b64decode(record[name + "_base64"]) if name not in record else None if text is None else text.encode()

def items_of(raw):
    """Each item with its place and the units around it; what is no snapshot, or a spoilt one, is one item."""
    try:
        value = parse(raw)
        if not isinstance(value, dict) or "items" not in value:
            return [(None, value, None)]
        if not isinstance(value["items"], list):
            raise Bad("not-an-object", "items")
        return [(index, item, value.get("units")) for index, item in enumerate(value["items"])]
    except Bad as bad:
        return [(None, bad, None)]

def expected(records):
    """Reads each partition in offset order by its own clock: the windows, the late and the dead."""
    windows, late, dead, clocks = defaultdict(list), Counter(), Counter(), defaultdict(lambda: -math.inf)
    for record in sorted(records, key=lambda r: (r["partition"], r["offset"])):
        partition, offset, raw = record["partition"], record["offset"], content(record, "value")
        for tick in TICKS:
            if tick["partition"] == partition and tick["offset"] <= offset:
                clocks[partition] = max(clocks[partition], tick["clock"])
        for index, item, units in items_of(raw):
            kept = raw if index is None else json.dumps(item)
            try:
                time = check(item, record["timestamp"])
            except Bad as bad:
                dead[(*bad.args, partition, offset, index, kept)] += 1
                continue
            start = time // WINDOW * WINDOW
            if start + WINDOW + GRACE <= clocks[partition]:
                late[(written(start), partition, offset, index, kept)] += 1
                continue
            carried = [item[name].raw for name in CARRIED] + [json.dumps(item.get("units", units))]
            # Of the latest the largest value wins, then the longest and largest carried text, field by field.
            factor, added = FACTORS.get((item["borehole_number"], item["instrument"]), (1.0, 0.0))
            windows[(item["instrument"], item["borehole_number"], start)].append(
                (time, item["reading"] * factor + added + 0.0, [(len(text), text) for text in carried]))
            clocks[partition] = max(clocks[partition], time)
    return Counter(result(*key, readings) for key, readings in windows.items()), late, dead

def result(instrument, borehole, start, readings):
    (time, _, carried), values = max(readings), [value for _, value, _ in readings]
    total = math.fsum(values)
    numbers = (total / len(values), min(values), max(values), total)
    return (instrument, borehole, borehole, instrument, *(text for _, text in carried), *(n.hex() for n in numbers),
            len(values), written(time), written(start), written(start + WINDOW), start + WINDOW - 1)

def found(records):
    results, late, dead, order = Counter(), Counter(), Counter(), defaultdict(list)
    for record in sorted(records, key=lambda r: (r["topic"], r["partition"], r["offset"])):
        raw, topic = content(record, "value"), record["topic"]
        if topic in ROUTES:
            r = parse(raw)
            results[(topic, record["key"], r["borehole_number"], r["instrument"], *(r[name].raw for name in CARRIED),
                     json.dumps(r["units"]), *(r[name].hex() for name in ("reading", "min", "max", "sum")),
                     int(r["count"]), r["timestamp"], r["window_start"], r["window_end"], record["timestamp"])] += 1
            order[(topic, record["partition"])].append((r["window_end"], r["borehole_number"].encode()))
            continue
        notes = {header["name"]: header["value"] for header in record["headers"]}
        index = int(notes["kappa.item"]) if "kappa.item" in notes else None
        kept = raw if index is None else json.dumps(json.loads(raw, parse_int=float))
        place = (int(notes["kappa.partition"]), int(notes["kappa.offset"]), index, kept)
        if topic.endswith(".late"): late[(notes["kappa.window.start"], *place)] += 1
        else: dead[(notes["kappa.reason"], notes.get("kappa.field"), *place)] += 1
    return (results, late, dead), all(rows == sorted(rows) for rows in order.values())

def read(path): return [json.loads(line) for line in open(path, encoding="utf-8")]

OPTIONS = dict(zip(sys.argv[3::2], sys.argv[4::2]))
WINDOW, GRACE, FUTURE = (int(OPTIONS.get(*d)) for d in (("--window", 10**4), ("--grace", 10**4), ("--future", 3600000)))
LINES = csv.reader(open(OPTIONS["--calibration"])) if "--calibration" in OPTIONS else []
FACTORS = {(borehole, instrument): (float(factor), float(offset)) for borehole, instrument, factor, offset in LINES}
TICKS = [json.loads(record["value"]) for record in read(OPTIONS["--ticks"])] if "--ticks" in OPTIONS else []
WANTED, (FOUND, IN_ORDER) = expected(read(sys.argv[1])), found(read(sys.argv[2]))
for name, want, have in zip(("results", "late", "dead"), WANTED, FOUND):
    print(name, sum(want.values()))
    for row in [("missing", row) for row in want - have][:5] + [("too many", row) for row in have - want][:5]:
        print(name, *row)
print("different" if WANTED != FOUND else "equal" if IN_ORDER else "in no order")
sys.exit(WANTED != FOUND or not IN_ORDER)
