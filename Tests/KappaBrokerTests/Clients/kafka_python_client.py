"""kafka-python, against the broker named in the first argument."""
import logging
import sys
import time

from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient, NewTopic
from kafka.structs import OffsetAndMetadata

BROKER = sys.argv[1]
# On standard error, which is shown where a scenario fails.
logging.basicConfig(level=logging.INFO, format="%(asctime)s %(threadName)s %(message)s")


def produce_and_consume():
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        topic = f"python-{codec or 'none'}"
        try:
            producer = KafkaProducer(bootstrap_servers=BROKER, compression_type=codec, acks="all")
        except AssertionError:
            print("without", codec)
            continue
        futures = [producer.send(topic, key=b"k", value=f"value {n}".encode() * 3) for n in range(200)]
        producer.flush(15)
        assert [f.get(5).offset for f in futures] == list(range(200))
        producer.close()
        consumer = KafkaConsumer(topic, bootstrap_servers=BROKER, auto_offset_reset="earliest",
                                 consumer_timeout_ms=3000, enable_auto_commit=False)
        values = []
        for message in consumer:
            values.append(message.value)
            if len(values) == 200:
                break
        consumer.close()
        assert values == [f"value {n}".encode() * 3 for n in range(200)]


def groups():
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    admin.create_topics([NewTopic("python-shared", 4, 1)])
    settings = dict(bootstrap_servers=BROKER, group_id="python-pair", auto_offset_reset="earliest",
                    session_timeout_ms=6000, heartbeat_interval_ms=200, enable_auto_commit=False)
    members = [KafkaConsumer("python-shared", **settings), KafkaConsumer("python-shared", **settings)]
    deadline = time.time() + 60
    # Each member has to poll while the other joins, so each has a thread of its own.
    import threading
    done = threading.Event()
    seen = []

    # kafka-python 3.0.12 forgets its part of a join that ends in the very moment in which a poll's time is up: its log
    # shows the answer of SyncGroup received, never the assignment taken, and no heartbeat after it. So a poll outlasts
    # a rebalance, and does not end in the midst of it.
    def work(member):
        while not done.is_set():
            for messages in member.poll(timeout_ms=2000).values():
                seen.extend(m.value for m in messages)
    threads = [threading.Thread(target=work, args=(m,), daemon=True) for m in members]
    for thread in threads:
        thread.start()
    while sorted(len(m.assignment()) for m in members) != [2, 2]:
        assert time.time() < deadline, [m.assignment() for m in members]
        time.sleep(0.05)
    producer = KafkaProducer(bootstrap_servers=BROKER)
    for number in range(100):
        producer.send("python-shared", key=str(number).encode(), value=str(number).encode())
    producer.flush(15)
    while len(set(seen)) < 100:
        assert time.time() < deadline, len(seen)
        time.sleep(0.05)
    done.set()
    for thread in threads:
        thread.join(10)
    for member in members:
        member.commit()
        member.close()
    producer.close()
    reader = KafkaConsumer(bootstrap_servers=BROKER, group_id="python-pair")
    assert sum(reader.committed(TopicPartition("python-shared", p)) or 0 for p in range(4)) == 100
    reader.close()
    admin.close()


def offsets():
    producer = KafkaProducer(bootstrap_servers=BROKER)
    for number in range(10):
        producer.send("python-times", value=b"v", timestamp_ms=1_650_000_000_000 + number * 1000)
    producer.flush(15)
    producer.close()
    part = TopicPartition("python-times", 0)
    consumer = KafkaConsumer(bootstrap_servers=BROKER, group_id="python-offsets", enable_auto_commit=False)
    assert consumer.beginning_offsets([part])[part] == 0
    assert consumer.end_offsets([part])[part] == 10
    assert consumer.offsets_for_times({part: 1_650_000_003_500})[part].offset == 4
    consumer.assign([part])
    try:
        note = OffsetAndMetadata(7, "note", -1)
    except TypeError:
        note = OffsetAndMetadata(7, "note")
    consumer.commit({part: note})
    assert consumer.committed(part) == 7
    assert consumer.committed(part, metadata=True).metadata == "note"
    consumer.close()


def administration():
    admin = KafkaAdminClient(bootstrap_servers=BROKER)
    admin.create_topics([NewTopic("python-managed", 2, 1)])
    assert "python-managed" in admin.list_topics()
    admin.delete_topics(["python-managed"])
    assert "python-managed" not in admin.list_topics()
    admin.close()


SCENARIOS = {f.__name__: f for f in [produce_and_consume, groups, offsets, administration]}
for name in sys.argv[2:] or SCENARIOS:
    SCENARIOS[name]()
    print("ok", name, flush=True)
