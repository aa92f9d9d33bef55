#!/usr/bin/env python3
"""Writes errors.txt, the names of error codes, and frames.txt: whole frames of every message and version.

They come from kafka-python (3.0.12 here) and not from kappa.

Each block is `> Message version variant`, the frame in hex, and the value of every field, so that a test finds two
fields of one type that change places, which reading and writing with the same mistake would hide.

    pip install kafka-python && python3 generate.py
"""

import importlib
import os
import pkgutil
import re
import uuid

import definitions
import kafka.errors
import kafka.protocol
from kafka.protocol.api_message import ApiMessage
from kafka.protocol.schemas import load_json

VERSIONS = {
    "Produce": (3, 13), "Fetch": (4, 16), "ListOffsets": (1, 10), "Metadata": (0, 13), "OffsetCommit": (2, 9),
    "OffsetFetch": (1, 9), "FindCoordinator": (0, 3), "JoinGroup": (0, 7), "Heartbeat": (0, 4), "LeaveGroup": (0, 4),
    "SyncGroup": (0, 5), "DescribeGroups": (0, 6), "ListGroups": (0, 5), "ApiVersions": (0, 3),
    "CreateTopics": (0, 7), "DeleteTopics": (0, 6), "DeleteRecords": (0, 2), "CreatePartitions": (0, 3),
    "DescribeConfigs": (1, 4), "AlterConfigs": (0, 2), "IncrementalAlterConfigs": (0, 1), "DeleteGroups": (0, 2),
    "OffsetDelete": (0, 0), "OffsetForLeaderEpoch": (2, 4), "InitProducerId": (0, 5), "AddPartitionsToTxn": (0, 5),
    "AddOffsetsToTxn": (0, 4), "EndTxn": (0, 5), "TxnOffsetCommit": (0, 5), "DescribeCluster": (0, 0),
    "DescribeProducers": (0, 0), "DescribeTransactions": (0, 0), "ListTransactions": (0, 2),
    "SaslHandshake": (0, 1), "SaslAuthenticate": (0, 2), "DescribeLogDirs": (1, 4), "ElectLeaders": (0, 2), "AlterPartitionReassignments": (0, 1),
    "ListPartitionReassignments": (0, 0), "DescribeClientQuotas": (0, 1), "DescribeUserScramCredentials": (0, 0),
    "DescribeQuorum": (0, 2), "ListConfigResources": (0, 1),
    "DescribeAcls": (1, 3), "CreateAcls": (1, 3), "DeleteAcls": (1, 3), "AlterUserScramCredentials": (0, 0),
    "DescribeTopicPartitions": (0, 0), "ConsumerGroupHeartbeat": (0, 1), "ConsumerGroupDescribe": (0, 1),
}
# What kafka-python has no definition of; it encodes these after the files beside this one.
OWN = ("ConsumerGroupHeartbeat", "ConsumerGroupDescribe")
# Bit fields, which kafka-python shows as sets under another name.
PATCHED = {
    "ClusterAuthorizedOperations": "AuthorizedOperations", "TopicAuthorizedOperations": "AuthorizedOperations",
    "AuthorizedOperations": "AuthorizedOperations",
}
CORRELATION, CLIENT = 0x01020304, "kläppa"


def classes():
    found, waiting = {}, [ApiMessage]
    for module in pkgutil.walk_packages(kafka.protocol.__path__, "kafka.protocol."):
        if ".old" not in module.name and "generate" not in module.name:
            importlib.import_module(module.name)
    for name in OWN:
        for side in ("Request", "Response"):
            found[name + side] = type(ApiMessage)(name + side, (ApiMessage,), {}, load_json=definitions)
    while waiting:
        for child in waiting.pop().__subclasses__():
            waiting.append(child)
            if re.fullmatch(r"[A-Za-z]+(Request|Response)", child.__name__):
                found[child.__name__] = child
    return found


def covers(versions, version):
    if versions.endswith("+"):
        return version >= int(versions[:-1])
    first, _, last = versions.partition("-")
    return int(first) <= version <= int(last or first)


def swift_name(name):
    name = {"GenerationIdOrMemberEpoch": "generationId"}.get(name, name.replace("V3AndBelow", ""))
    return name[0].lower() + name[1:]


class Filler:
    """Gives every leaf another value."""

    def __init__(self, version, variant, common):
        self.version, self.variant, self.common, self.number, self.lines = version, variant, common, 0, []

    def leaf(self, kind, name):
        self.number += 1
        n = self.number
        if kind == "bool":
            return n % 2 == 0
        if kind == "string":
            return f"{name}-ü{n}" + "x" * (150 if n == 7 else 0)
        if kind in ("bytes", "records"):
            return bytes((n + i) % 256 for i in range(n % 13 + 1))
        if kind == "uuid":
            return uuid.UUID(int=(n * 0x0101 << 64) + 2**127 + n)
        if kind == "uint16":
            return 60_000 + n
        if kind == "float64":
            return n + 0.5
        if kind == "int16" and name.lower().endswith("errorcode"):
            return n % 119 + 1
        if name in PATCHED:
            return 256 + n
        return {"int8": n % 120, "int16": 300 + n, "int32": 1_000_000 + 7919 * n, "int64": -(2**40) * n - n}[kind]

    def value(self, field, path):
        kind = field["type"]
        nullable = "nullableVersions" in field and covers(field["nullableVersions"], self.version)
        if nullable and self.variant == "null":
            self.lines.append(f"{path}=null")
            return None
        if kind.startswith("[]"):
            count = {"full": 2, "null": 1, "empty": 0}[self.variant]
            if count == 0:
                self.lines.append(f"{path}=[]")
            fields = field.get("fields") or self.common.get(kind[2:])
            if fields is None:
                return [self.shown(kind[2:], field["name"], f"{path}.{i}") for i in range(count)]
            return [self.structure(fields, f"{path}.{i}.") for i in range(count)]
        fields = field.get("fields") or self.common.get(kind)
        if fields is not None:
            return self.structure(fields, f"{path}.")
        return self.shown(kind, field["name"], path)

    def shown(self, kind, name, path):
        value = self.leaf(kind, name)
        text = "0x" + value.hex() if isinstance(value, bytes) else str(value)
        self.lines.append(f"{path}={text.lower() if isinstance(value, bool) else text}")
        return value

    def structure(self, fields, path):
        values = {}
        for field in fields:
            if "tag" not in field and covers(field["versions"], self.version):
                values[field["name"]] = self.value(field, path + swift_name(field["name"]))
        return values


def build(owner, fields, values, common):
    """kafka-python's own objects from the plain values; its attributes are in snake case."""
    arguments = {}
    for field in fields:
        if field["name"] not in values:
            continue
        value = values[field["name"]]
        inner = field.get("fields") or common.get(field["type"].removeprefix("[]"))
        names = owner._struct.fields
        wanted = PATCHED.get(field["name"], field["name"]).lower()
        plain = {key.replace("_", "").lower(): key for key in names}
        attribute = plain.get(wanted, plain.get(field["name"].lower()))
        if attribute is None:
            raise SystemExit(f"{owner.__name__} has no {field['name']}: {list(names)}")
        if inner and isinstance(value, dict):
            value = build(owner._struct.fields[attribute].data_class, inner, value, common)
        if isinstance(value, list) and inner:
            child = owner._struct.fields[attribute].data_class
            value = [build(child, inner, item, common) for item in value]
        if getattr(getattr(names[attribute], "_type", None), "__name__", "") == "BitField":
            value = {bit for bit in range(32) if value >> bit & 1}
        arguments[attribute] = value
    return owner(**arguments)


def main():
    known, blocks = classes(), []
    for name, (first, last) in VERSIONS.items():
        for side in ("Request", "Response"):
            message = known[name + side]
            schema = load_json(name + side, definitions if name in OWN else None)
            common = {s["name"]: s["fields"] for s in schema.get("commonStructs", [])}
            for version in range(first, last + 1):
                for variant in ("full", "null", "empty"):
                    filler = Filler(version, variant, common)
                    values = filler.structure(schema["fields"], "")
                    made = build(message, schema["fields"], values, common)
                    made.API_VERSION = version
                    if side == "Request":
                        made.with_header(CORRELATION, CLIENT if variant == "full" else None)
                    else:
                        made.with_header(CORRELATION)
                    frame = bytes(made.encode(header=True, framed=True))
                    if (name, side, version, variant) == ("Metadata", "Request", 0, "empty"):
                        filler.lines = ["topics=null"]  # no null exists there yet, and empty means all topics
                    blocks.append("\n".join([f"> {name}{side} {version} {variant}", frame.hex(), *filler.lines]))
    with open(os.path.join(os.path.dirname(__file__), "frames.txt"), "w") as file:
        file.write("\n".join(blocks) + "\n")
    codes = {c.errno: c.message for c in vars(kafka.errors).values() if hasattr(c, "errno") and hasattr(c, "message")}
    with open(os.path.join(os.path.dirname(__file__), "errors.txt"), "w") as file:
        file.write("".join(f"{code} {codes[code]}\n" for code in sorted(filter(lambda code: code is not None, codes))))


main()
