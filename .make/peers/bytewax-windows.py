"""The windows of kappa process in Bytewax: bytewax-windows.py BROKERS TOPIC COUNT. Writes to a topic, at least once."""
import json, sys
from datetime import datetime, timedelta, timezone

import bytewax.operators as op
import bytewax.operators.windowing as windowing
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSource, KafkaSink
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main

brokers, topic, _ = sys.argv[1:]


def reading(message):
    value = json.loads(message.value)
    return f"{value['borehole_number']}|{value['instrument']}", value


def fold(state, value):
    count, total, _ = state
    return count + 1, total + value["reading"], value


def result(item):
    key, (_, (count, total, latest)) = item
    latest["reading"], latest["count"] = total / count, count
    return KafkaSinkMessage(key.encode(), json.dumps(latest).encode())


clock = windowing.EventClock(
    lambda value: datetime.fromisoformat(value["timestamp"].replace("Z", "+00:00")), timedelta(seconds=10))
windower = windowing.TumblingWindower(timedelta(seconds=10), datetime(2024, 1, 1, tzinfo=timezone.utc))
flow = Dataflow("windows")
lines = op.input("in", flow, KafkaSource([brokers], [topic], tail=False, batch_size=10_000))
windows = windowing.fold_window(
    "fold", op.map("read", lines, reading), clock, windower, lambda: (0, 0.0, None), fold, lambda a, b: b)
op.output("out", op.map("write", windows.down, result), KafkaSink([brokers], topic + "-bytewax"))
run_main(flow)
