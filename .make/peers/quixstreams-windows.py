"""The windows of kappa process in Quix Streams: quixstreams-windows.py BROKERS TOPIC COUNT. To a topic, exactly once."""
import json, sys, tempfile
from datetime import datetime, timedelta

from quixstreams import Application

brokers, topic, count = sys.argv[1:]


def milliseconds(value, headers, timestamp, timestamp_type):
    return int(datetime.fromisoformat(value["timestamp"].replace("Z", "+00:00")).timestamp() * 1000)


def add(state, value):
    return {**value, "count": state["count"] + 1, "sum": state["sum"] + value["reading"]}


def first(value):
    return {**value, "count": 1, "sum": value["reading"]}


with tempfile.TemporaryDirectory() as folder:
    app = Application(
        brokers, consumer_group=topic + "-quix", auto_offset_reset="earliest", state_dir=folder,
        processing_guarantee="exactly-once", loglevel="ERROR")
    source = app.topic(topic, value_deserializer="json", key_deserializer="str", timestamp_extractor=milliseconds)
    frame = app.dataframe(source)
    frame = frame.tumbling_window(timedelta(seconds=10), timedelta(seconds=10)).reduce(add, first).final()
    frame = frame.apply(lambda window: {**window["value"], "reading": window["value"]["sum"] / window["value"]["count"]})
    frame.to_topic(app.topic(topic + "-quix-out", value_serializer="json"))
    app.run(count=int(count), timeout=30)
