#!/usr/bin/env python3
"""What `kappa alarms run` must have written, worked out from the raw topic by other means: plain, slow, sharing no code.

    alarms.py RAW REGISTER OUT [--grace MS] [--ticks FILE] [--compacted] [--by-sensor] [--sort]

RAW is `kappa consume INPUT -e --json`; OUT the same of the alarms' topic and of its history, whose name ends in
.history. It ends with 0 when every record is equal, or says what is not. With --by-sensor only the order of what
happened to each alarm counts, and where the readings lie does not; with --compacted only the last record of each key of
the alarms' topic; with --sort the readings of several partitions are taken in the order of their times.
"""
import base64, csv, fnmatch, json, math, re, sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone

EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
TIME = re.compile(r"(\d{4}-\d\d-\d\d)[Tt ](\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|z|[+-]\d\d:?\d\d)?$", re.ASCII)
UNITS = {"ms": 1, "s": 1000, "m": 60_000, "h": 3_600_000, "d": 86_400_000}
SIDES = ["above", "below", "rate", "overdue"]
FUTURE = 3_600_000 * 1_000_000

def milliseconds(text):
    day, clock, fraction, zone = TIME.match(text).groups()
    moment = datetime.fromisoformat(f"{day}T{clock}+00:00")
    if zone and zone not in "Zz":
        east = timedelta(hours=int(zone[1:3]), minutes=int(zone[-2:]))
        moment += east if zone[0] == "-" else -east
    return (moment - EPOCH) // timedelta(milliseconds=1) + int(((fraction or "") + "000")[:3])

def written(ms):
    return (EPOCH + timedelta(milliseconds=ms)).strftime("%Y-%m-%dT%H:%M:%S.") + "%03dZ" % (ms % 1000)

def duration(word):
    return sum(float(n) * UNITS[u] for n, u in re.findall(r"([\d.]+)(ms|s|m|h|d)", word))

class Register:
    def __init__(self, path):
        text = [line for line in open(path, newline="") if not line.startswith("#")]
        self.lines = [{k: (v or "").strip() for k, v in row.items()} for row in csv.DictReader(text) if any(row.values())]
        self.names = list(csv.DictReader(text).fieldnames)
        self.known = {}

    def rules(self, key, time):
        fitting = [line for line in self.lines
                   if fnmatch.fnmatchcase(key[0], line["borehole_number"]) and fnmatch.fnmatchcase(key[1], line["instrument"])
                   and (not line.get("valid_from") or milliseconds(line["valid_from"]) <= time)
                   and (not line.get("valid_to") or time < milliseconds(line["valid_to"]))]
        words = [(line["borehole_number"], line["instrument"]) for line in fitting]
        rank = [[("*" not in w) for w in pair] + [len(w.replace("*", "")) for w in pair] for pair in words]
        order = sorted(range(len(fitting)), key=lambda i: rank[i], reverse=True)
        found = tuple(id(fitting[i]) for i in order)
        if found not in self.known:
            self.known[found] = self.merged([fitting[i] for i in order])
        return self.known[found]

    def merged(self, lines):
        def cell(name):
            for line in lines:
                if line.get(name):
                    return None if line[name] == "-" else line[name]
            return None
        rules = {"levels": {}}
        for side in SIDES[:3]:
            ends = [n for n in self.names if n.endswith("_" + side)]
            rules["levels"][side] = [(i + 1, n[: -len(side) - 1], float(cell(n))) for i, n in enumerate(ends) if cell(n)]
        for name in ("hysteresis", "hold", "rate_per", "overdue_after"):
            rules[name] = cell(name)
        rules["hysteresis"] = float(rules["hysteresis"] or 0)
        rules["hold"] = duration(rules["hold"] or "")
        rules["rate_per"] = duration(rules["rate_per"] or "")
        rules["overdue_after"] = rules["overdue_after"] and duration(rules["overdue_after"])
        rules["factor"], rules["offset"] = float(cell("factor") or 1), float(cell("offset") or 0)
        rules.update(unit=cell("unit"), tell=cell("tell"), response=cell("response"))
        return rules

class Alarm:
    def __init__(self):
        self.severity = self.since = self.peak = self.peak_time = 0
        self.pending, self.untold = {}, None

class Site:
    def __init__(self, register, grace):
        self.register, self.grace = register, grace
        self.alarms, self.rates, self.last = defaultdict(Alarm), {}, {}
        self.clock, self.offset, self.told = -math.inf, -1, []

    def tell(self, key, side, event, alarm, before, value, time, offset):
        rules = self.register.rules(key, time)
        levels = rules["levels"].get(side, [])
        names, limits = {s: n for s, n, _ in levels}, {s: l for s, _, l in levels}
        record = {"borehole_number": key[0], "instrument": key[1], "alarm": side, "event": event}
        for field, severity in (("level", alarm.severity), ("from", before)):
            if severity and severity in names:
                record[field] = names[severity]
        record.update(severity=alarm.severity, value=value, limit=limits.get(max(alarm.severity, before)))
        if rules["unit"]: record["unit"] = rules["unit"]
        record.update(timestamp=written(time), since=written(alarm.since))
        if side != "overdue":
            record.update(peak=alarm.peak, peak_time=written(alarm.peak_time))
        for field in ("tell", "response"):
            if rules[field]: record[field] = rules[field]
        record.update(reading_topic="monitoring", reading_partition=0, reading_offset=offset)
        self.told.append((time, key, SIDES.index(side), event, record))

    def reading(self, key, time, value, offset):
        self.offset = offset
        if key in self.last:
            last, place = self.last[key]
            after = self.register.rules(key, last)["overdue_after"]
            if after and not self.alarms[key, "overdue"].severity and time > last and time - last >= after:
                self.overdue(key, last + int(after), place)
        silent = self.alarms[key, "overdue"]
        if silent.severity and time >= silent.since:
            silent.severity = 0
            self.tell(key, "overdue", "back", silent, 1, value, time, offset)
        rules = self.register.rules(key, time)
        self.measure(key, "above", rules, 1, value, value, time, offset, True)
        self.measure(key, "below", rules, -1, -value, value, time, offset, True)
        self.rate(key, rules, value, time, offset)
        if time >= self.last.get(key, (-math.inf, 0))[0]:
            self.last[key] = (time, offset)
        self.advance(time)

    def rate(self, key, rules, value, time, offset):
        if not rules["levels"]["rate"] and not self.alarms[key, "rate"].severity:
            return
        per = max(int(rules["rate_per"]), 1)
        older, newer, cell = self.rates.get(key, (None, None, None))
        here = time // max(per // 2, 1)
        fresh = cell is not None and here > cell
        change = older and abs(value - older[1]) / max(time - older[0], per) * per
        if fresh: older, newer = newer, (time, value)
        self.rates[key] = (older, newer, here if cell is None else max(cell, here))
        if change is not None:
            self.measure(key, "rate", rules, 1, change, change, time, offset, fresh)

    def measure(self, key, side, rules, sign, size, value, time, offset, may_ease):
        alarm, levels, is_rate = self.alarms[key, side], rules["levels"][side], side == "rate"
        before = alarm.severity
        beyond = [s for s, _, limit in levels if size >= sign * limit]
        alarm.pending = {s: t for s, t in alarm.pending.items() if s in beyond}
        for s in beyond:
            if s > before: alarm.pending.setdefault(s, time)
        held = [s for s, t in alarm.pending.items() if time - t >= (0 if is_rate else rules["hold"])]
        if held:
            alarm.severity, alarm.untold = max(held), None
            if not before:
                alarm.since, alarm.peak, alarm.peak_time = time, value, time
            elif sign * value > sign * alarm.peak:
                alarm.peak, alarm.peak_time = value, time
            alarm.pending = {s: t for s, t in alarm.pending.items() if s > alarm.severity}
            return self.tell(key, side, "escalated" if before else "raised", alarm, before, value, time, offset)
        if before and may_ease:
            stays = [s for s, _, limit in levels if s <= before and size >= sign * limit - rules["hysteresis"]]
            now = max(stays, default=0)
            if now < before:
                alarm.severity, alarm.pending, alarm.untold = now, {}, None
                return self.tell(key, side, "eased" if now else "cleared", alarm, before, value, time, offset)
        if is_rate: return
        if before and sign * value > sign * alarm.peak:
            alarm.peak, alarm.peak_time = value, time
            alarm.untold = time if alarm.untold is None else alarm.untold
        if alarm.untold is not None and time - alarm.untold >= 60_000:
            alarm.untold = None
            self.tell(key, side, "peak", alarm, before, value, time, offset)

    def overdue(self, key, since, place):
        alarm = self.alarms[key, "overdue"]
        alarm.severity, alarm.since = 1, since
        self.tell(key, "overdue", "overdue", alarm, 0, None, since, place)

    def advance(self, clock):
        if clock <= self.clock: return
        self.clock = clock
        start = len(self.told)
        for (key, side), alarm in list(self.alarms.items()):
            if alarm.untold is not None and alarm.untold + 60_000 + self.grace <= clock:
                alarm.untold = None
                self.tell(key, side, "peak", alarm, alarm.severity, alarm.peak, alarm.peak_time, self.offset)
        for key, (last, place) in self.last.items():
            after = self.register.rules(key, last)["overdue_after"]
            if after and not self.alarms[key, "overdue"].severity and last + after + self.grace <= clock:
                self.overdue(key, last + int(after), place)
        self.told[start:] = sorted(self.told[start:], key=lambda t: t[:3])

def lines(path):
    return [json.loads(line) for line in open(path) if line.strip()]

def raw(record, name="value"):
    value = record.get(name)
    return value if isinstance(value, str) or value is None else json.dumps(value)

def good(record):
    try:
        value = json.loads(raw(record))
        key, reading = (value["borehole_number"], value["instrument"]), value["reading"]
        if not all(isinstance(word, str) and word for word in key) or isinstance(reading, bool): return None
        time = milliseconds(value["timestamp"])
        return (key, float(reading), time) if isinstance(reading, (int, float)) else None
    except (ValueError, KeyError, TypeError, AttributeError):
        return None

def option(name, default=None):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else default

def main():
    grace = int(option("--grace", "10000"))
    site, rules = Site(Register(sys.argv[2]), grace), Register(sys.argv[2])
    ticks = [json.loads(raw(r)) for r in lines(option("--ticks"))] if option("--ticks") else []
    ticks = sorted((t["offset"], t["clock"]) for t in ticks)
    records = lines(sys.argv[1])
    if "--sort" in sys.argv:
        records, ticks = sorted((r for r in records if good(r)), key=lambda r: good(r)[2]), []
    for record in records:
        while ticks and ticks[0][0] <= record["offset"]: site.advance(ticks.pop(0)[1])
        found = good(record)
        if found is None: continue
        key, value, time = found
        if time - record["timestamp"] > int(option("--future", FUTURE)): continue
        if time + 1 + grace <= site.clock: continue
        here = rules.rules(key, time)
        site.reading(key, time, here["factor"] * value + here["offset"], record["offset"])
    for _, clock in ticks: site.advance(clock)
    seen = lines(sys.argv[3])
    ok = True
    for ending, wanted in (("", site.told), (".history", [t for t in site.told if t[3] != "peak"])):
        got = [(r["key"], json.loads(raw(r))) for r in seen if r["topic"].endswith(".history") == bool(ending)]
        want = [("|".join([*t[1], SIDES[t[2]]]), t[4]) for t in wanted]
        if not ending and "--compacted" in sys.argv:
            got, want = (sorted(dict(many).items()) for many in (got, want))
        if "--by-sensor" in sys.argv:
            if not ending: continue
            plain = lambda r: {k: v for k, v in r.items() if not k.startswith("reading_")}
            got, want = (sorted(((k, plain(r)) for k, r in many), key=lambda p: p[0]) for many in (got, want))
        print(len(want), "wanted,", len(got), "written" + ending)
        for index in range(max(len(want), len(got))):
            mine, other = want[index : index + 1], got[index : index + 1]
            if mine != other:
                print("record", index, "\n wanted", mine, "\n but was", other)
                ok = False
                break
    print("equal" if ok else "different")
    sys.exit(not ok)

main()
