"""Avro by two other libraries, fastavro and avro: makes cases, and judges what kappa made of them.

    oracle.py generate COUNT SEED FILE     schemas of writers and readers, values, and their bytes
    oracle.py check CASES ANSWERS          every answer that is not theirs, and a last line with the counts
"""
import copy
import io
import json
import math
import random
import struct
import sys

import avro.io
import avro.schema
import fastavro

PRIMITIVES = ["null", "boolean", "int", "long", "float", "double", "bytes", "string"]
PROMOTIONS = {"int": ["long", "float", "double"], "long": ["float", "double"], "float": ["double"],
              "string": ["bytes"], "bytes": ["string"]}


class Maker:
    def __init__(self, seed):
        self.random = random.Random(seed)
        self.count = 0

    def name(self, prefix):
        self.count += 1
        return prefix + str(self.count)

    def schema(self, depth, inside=()):
        r = self.random
        kinds = ["primitive"] * 5 + ["enum", "fixed"] + (["record"] * 3 + ["array", "map", "union"] if depth else [])
        kind = r.choice(kinds)
        if kind == "primitive":
            return r.choice(PRIMITIVES)
        if kind == "enum":
            return {"type": "enum", "name": self.name("E"), "symbols": ["S%d" % i for i in range(r.randint(1, 4))]}
        if kind == "fixed":
            return {"type": "fixed", "name": self.name("F"), "size": r.randint(0, 5)}
        if kind == "array":
            return {"type": "array", "items": self.schema(depth - 1, inside)}
        if kind == "map":
            return {"type": "map", "values": self.schema(depth - 1, inside)}
        if kind == "union":
            return self.union(depth, inside)
        name = self.name("R")
        made = {"type": "record", "name": name, "fields": []}
        if r.random() < 0.3:
            made["namespace"] = r.choice(["a", "a.b", ""])
        for index in range(r.randint(0, 4)):
            made["fields"].append({"name": "f%d" % index, "type": self.schema(depth - 1, inside + (name,))})
        if r.random() < 0.15:
            made["fields"].append({"name": "next", "type": ["null", name]})
        return made

    def union(self, depth, inside):
        found, labels = [], set()
        for _ in range(self.random.randint(1, 4)):
            branch = self.schema(depth - 1, inside)
            if isinstance(branch, list) or label(branch) in labels:
                continue
            labels.add(label(branch))
            found.append(branch)
        return found or ["null"]

    def value(self, schema, names, depth=0):
        r = self.random
        if isinstance(schema, list):
            if depth > 5 and "null" in schema:
                return None
            branch = r.choice(schema)
            value = self.value(branch, names, depth + 1)
            kind = branch["type"] if isinstance(branch, dict) else names.get(branch, {"type": branch})["type"]
            return (label(names.get(branch, branch) if isinstance(branch, str) else branch), value) \
                if kind == "record" else value
        if isinstance(schema, str):
            return self.value(names[schema], names, depth) if schema in names else self.primitive(schema)
        kind = schema["type"]
        if kind == "record":
            names[schema["name"]] = schema
            return {f["name"]: self.value(f["type"], names, depth + 1) for f in schema["fields"]}
        if kind == "enum":
            return r.choice(schema["symbols"])
        if kind == "fixed":
            return bytes(r.randrange(256) for _ in range(schema["size"]))
        if kind == "array":
            return [self.value(schema["items"], names, depth + 1) for _ in range(r.choice([0, 1, 3]))]
        if kind == "map":
            return {"k%d" % i: self.value(schema["values"], names, depth + 1) for i in range(r.choice([0, 1, 2]))}
        return self.primitive(kind)

    def primitive(self, kind):
        r = self.random
        if kind == "null":
            return None
        if kind == "boolean":
            return r.random() < 0.5
        if kind == "int":
            return r.choice([0, -1, 1, 63, 64, -65, 2**31 - 1, -2**31, r.randint(-10**6, 10**6)])
        if kind == "long":
            return r.choice([0, -1, 2**63 - 1, -2**63, 2**53 + 1, r.randint(-10**15, 10**15)])
        if kind == "float":
            return struct.unpack("<f", struct.pack("<f", r.choice([0.0, -0.0, 1.5, math.inf, r.gauss(0, 1e6)])))[0]
        if kind == "double":
            return r.choice([0.0, -0.0, 1.5, 100.1, 5e-324, -math.inf, math.nan, r.gauss(0, 1e9)])
        if kind == "bytes":
            return bytes(r.randrange(256) for _ in range(r.choice([0, 1, 5])))
        return r.choice(["", "BH-9483", "Grundwaßer 💧", "a\"b\\c\n\u0001", "x" * 70])

    # What a later version of a schema may look like, now and then one that does not go with the first.

    def evolved(self, schema):
        r = self.random
        if isinstance(schema, list):
            branches = [self.evolved(b) if r.random() < 0.3 and not isinstance(b, list) else b for b in schema]
            if r.random() < 0.2 and len(branches) > 1:
                branches.pop(r.randrange(len(branches)))
            if r.random() < 0.2:
                r.shuffle(branches)
            if r.random() < 0.2:
                branches.append(r.choice(PRIMITIVES))
            found, labels = [], set()
            for branch in branches:
                if isinstance(branch, list) or label(branch) in labels:
                    continue
                labels.add(label(branch))
                found.append(branch)
            # fastavro reads anything as a union of nothing.
            return found[0] if len(found) == 1 and r.random() < 0.3 else found or ["null"]
        if r.random() < 0.05:
            return [schema, "null"] if label(schema) != "null" else [schema, "int"]
        if r.random() < 0.02:
            return r.choice(PRIMITIVES)
        if isinstance(schema, str):
            return r.choice(PROMOTIONS[schema]) if schema in PROMOTIONS and r.random() < 0.3 else schema
        return self.evolved_type(schema)

    def evolved_type(self, schema):
        r = self.random
        made = copy.deepcopy(schema)
        kind = made["type"]
        if kind == "record":
            return self.evolved_record(made)
        if kind == "enum":
            if r.random() < 0.3:
                made["symbols"].append("N")
            if r.random() < 0.3 and len(made["symbols"]) > 1:
                made["symbols"].pop(r.randrange(len(made["symbols"])))
            if r.random() < 0.3:
                made["default"] = made["symbols"][0]
        elif kind == "fixed" and r.random() < 0.1:
            made["size"] += 1
        elif kind == "array":
            made["items"] = self.evolved(made["items"])
        elif kind == "map":
            made["values"] = self.evolved(made["values"])
        return made

    def evolved_record(self, made):
        r = self.random
        fields = []
        for field in made["fields"]:
            if r.random() < 0.1:
                continue
            if field["name"] != "next":
                field["type"] = self.evolved(field["type"])
                if r.random() < 0.1:
                    field["aliases"] = [field["name"]]
                    field["name"] = "g" + field["name"]
            fields.append(field)
        if r.random() < 0.3:
            added = {"name": self.name("n"), "type": self.schema(1)}
            if r.random() < 0.9:
                added["default"] = fallback(added["type"], self.value(first(added["type"]), {}))
            fields.append(added)
        if r.random() < 0.2:
            r.shuffle(fields)
        made["fields"] = fields
        # A type that holds itself by its name keeps it.
        if r.random() < 0.05 and not any(field["name"] == "next" for field in fields):
            made["aliases"] = [made["name"]]
            made["name"] = self.name("Q")
        return made


def first(schema):
    return schema[0] if isinstance(schema, list) else schema


def label(schema):
    if isinstance(schema, str):
        return schema
    if schema["type"] in ("record", "enum", "fixed"):
        space = schema.get("namespace", "")
        return (space + "." if space else "") + schema["name"]
    return schema["type"]


def fallback(schema, value):
    """A value as the JSON of a default."""
    schema = first(schema)
    if isinstance(value, tuple):
        value = value[1]
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, float) and not math.isfinite(value):
        return 0.5
    if isinstance(schema, dict) and schema["type"] == "record":
        return {f["name"]: fallback(f["type"], first_of(f["type"], value[f["name"]])) for f in schema["fields"]}
    if isinstance(schema, dict) and schema["type"] == "array":
        return []
    if isinstance(schema, dict) and schema["type"] == "map":
        return {}
    return value


def first_of(schema, value):
    return Maker(1).value(schema[0], {}) if isinstance(schema, list) else value


def generate(count, seed, path):
    maker = Maker(seed)
    with open(path, "w") as out:
        made = 0
        while made < count:
            maker.count = 0
            writer = maker.schema(3)
            try:
                parsed = fastavro.parse_schema(copy.deepcopy(writer))
                value = maker.value(writer, {})
                buffer = io.BytesIO()
                fastavro.schemaless_writer(buffer, parsed, value)
                reader = maker.evolved(writer)
                fastavro.parse_schema(copy.deepcopy(reader))
            except Exception:
                # Names clash, or a union's value fits another branch: not what is tried here.
                continue
            out.write(json.dumps({"writer": json.dumps(writer), "reader": json.dumps(reader),
                                  "hex": buffer.getvalue().hex()}) + "\n")
            made += 1


class Same:
    """Whether kappa's JSON says what the other library read."""

    def __init__(self, reader):
        self.names = {}
        self.learn(reader, "")

    def learn(self, schema, space):
        if isinstance(schema, list):
            for branch in schema:
                self.learn(branch, space)
        elif isinstance(schema, dict):
            if "name" in schema and "type" in schema:
                space = schema.get("namespace", space)
                full = (space + "." if space else "") + schema["name"]
                self.names[full] = schema
                self.names[schema["name"]] = schema
            for field in schema.get("fields", []):
                self.learn(field["type"], space)
            self.learn(schema.get("items"), space)
            self.learn(schema.get("values"), space)

    def __call__(self, schema, value, told):
        if isinstance(schema, list):
            return self.branch(schema, value, told)
        if isinstance(schema, str):
            if schema not in PRIMITIVES:
                return self(self.names[schema], value, told)
            kind = schema
        else:
            kind = schema["type"]
        if kind == "record":
            names = [f["name"] for f in schema["fields"]]
            return isinstance(told, dict) and sorted(told) == sorted(names) and \
                all(self(f["type"], value[f["name"]], told[f["name"]]) for f in schema["fields"])
        if kind == "array":
            return isinstance(told, list) and len(told) == len(value) and \
                all(self(schema["items"], a, b) for a, b in zip(value, told))
        if kind == "map":
            return isinstance(told, dict) and sorted(told) == sorted(value) and \
                all(self(schema["values"], value[k], told[k]) for k in told)
        return self.leaf(kind, value, told)

    def branch(self, schema, value, told):
        if told is None:
            return value is None
        if not isinstance(told, dict) or len(told) != 1:
            return False
        (tag, inner), = told.items()
        for branch in schema:
            named = self.names.get(branch, branch) if isinstance(branch, str) else branch
            names = {label(branch)} | {n for n, s in self.names.items() if s is named}
            if tag in names:
                return self(branch, value, inner)
        return False

    def leaf(self, kind, value, told):
        if kind in ("bytes", "fixed"):
            value = value.encode("latin-1") if isinstance(value, str) else value
            return isinstance(told, str) and told.encode("latin-1") == value
        if kind in ("float", "double"):
            told = {"NaN": math.nan, "Infinity": math.inf, "-Infinity": -math.inf}.get(told, told)
            if isinstance(told, (str, bool)) or told is None:
                return False
            if kind == "float":
                value = struct.unpack("<f", struct.pack("<f", value))[0]
            return float(value) == float(told) or (math.isnan(value) and math.isnan(told))
        if kind == "string" and isinstance(value, bytes):
            value = value.decode()
        return type(value) == type(told) and value == told


def read_fastavro(writer, reader, data):
    try:
        return True, fastavro.schemaless_reader(io.BytesIO(data), copy.deepcopy(writer), copy.deepcopy(reader))
    except RecursionError:
        raise
    except Exception as error:
        return False, "%s: %s" % (type(error).__name__, str(error)[:150])


def read_apache(writer, reader, data):
    try:
        names = [avro.schema.parse(json.dumps(s)) for s in (writer, reader)]
        return True, avro.io.DatumReader(*names).read(avro.io.BinaryDecoder(io.BytesIO(data)))
    except Exception as error:
        return False, "%s: %s" % (type(error).__name__, str(error)[:150])


def judge(case, answer):
    """A word for what is wrong, and whether fastavro, and whether avro, agreed."""
    writer, reader, data = json.loads(case["writer"]), json.loads(case["reader"]), bytes.fromhex(case["hex"])
    same = Same(reader)
    read, value = read_fastavro(writer, reader, data)
    other, theirs = read_apache(writer, reader, data)
    if "fault" in answer:
        return answer["fault"], read, other
    told = "ok" in answer
    agreed = (read and told and same(reader, value, answer["ok"])) or (not read and not told)
    also = other and told and same(reader, theirs, answer["ok"])
    if told:
        back = fastavro.schemaless_reader(io.BytesIO(bytes.fromhex(answer["again"])), copy.deepcopy(reader))
        if not same(reader, back, answer["ok"]):
            return "written again it is %r" % (back,), agreed, also
    if agreed or also:
        return None, agreed, also
    return "fastavro: %r, avro: %r" % (value, theirs), agreed, also


def check(cases, answers):
    counts = {"cases": 0, "wrong": 0, "values": 0, "refused": 0, "fastavro": 0, "avro": 0}
    with open(cases) as cases, open(answers) as answers:
        for case, answer in zip(cases, answers, strict=True):
            case, answer = json.loads(case), json.loads(answer)
            wrong, agreed, also = judge(case, answer)
            counts["cases"] += 1
            counts["values" if "ok" in answer else "refused"] += 1
            counts["fastavro"] += bool(agreed)
            counts["avro"] += bool(also)
            if wrong:
                counts["wrong"] += 1
                if counts["wrong"] <= 10:
                    print(json.dumps({"case": case, "answer": answer, "wrong": wrong}))
    print(" ".join("%s=%d" % pair for pair in counts.items()))


if __name__ == "__main__":
    if sys.argv[1] == "generate":
        generate(int(sys.argv[2]), int(sys.argv[3]), sys.argv[4])
    else:
        check(sys.argv[2], sys.argv[3])
