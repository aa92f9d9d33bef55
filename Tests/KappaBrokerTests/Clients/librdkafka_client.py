"""librdkafka by way of confluent-kafka, against the broker named in the first argument."""
import sys
import time

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition, OFFSET_BEGINNING
from confluent_kafka.admin import (
    AdminClient, ConfigResource, NewPartitions, NewTopic, ResourceType, OffsetSpec)

BROKER = sys.argv[1]
BASE = {"bootstrap.servers": BROKER}


def consume(topic, count, isolation="read_committed", group="reader", timeout=15):
    consumer = Consumer({**BASE, "group.id": group, "auto.offset.reset": "earliest", "enable.auto.commit": False,
                         "isolation.level": isolation, "check.crcs": True, "enable.partition.eof": False})
    metadata = consumer.list_topics(topic, timeout=10).topics[topic]
    consumer.assign([TopicPartition(topic, p, OFFSET_BEGINNING) for p in metadata.partitions])
    messages, deadline = [], time.time() + timeout
    while len(messages) < count and time.time() < deadline:
        message = consumer.poll(0.2)
        if message is None:
            continue
        if message.error():
            raise KafkaException(message.error())
        messages.append(message)
    extra = consumer.poll(0.3)
    consumer.close()
    assert extra is None, extra.value()
    assert len(messages) == count, f"{len(messages)} of {count}"
    return messages


def compressions():
    for codec in ["none", "gzip", "snappy", "lz4", "zstd"]:
        topic = f"codec-{codec}"
        producer = Producer({**BASE, "compression.type": codec, "enable.idempotence": True, "linger.ms": 5})
        failures = []
        for number in range(500):
            producer.produce(topic, key=str(number), value=f"value {number} " * 5, headers={"h": str(number)},
                             on_delivery=lambda error, _: error and failures.append(error))
        assert producer.flush(15) == 0
        assert not failures, failures
        messages = consume(topic, 500)
        assert [m.value().decode() for m in messages] == [f"value {n} " * 5 for n in range(500)]
        assert messages[7].headers() == [("h", b"7")]


def timestamps():
    producer = Producer(BASE)
    for number in range(10):
        producer.produce("times", value=str(number), timestamp=1_650_000_000_000 + number * 1000)
    assert producer.flush(15) == 0
    consumer = Consumer({**BASE, "group.id": "times"})
    for moment, expected in [(1_650_000_000_000, 0), (1_650_000_004_500, 5), (1_650_000_009_000, 9)]:
        found = consumer.offsets_for_times([TopicPartition("times", 0, moment)], timeout=10)
        assert found[0].offset == expected, (moment, found)
    late = consumer.offsets_for_times([TopicPartition("times", 0, 1_650_000_009_001)], timeout=10)
    assert late[0].offset == -1, late
    assert consumer.get_watermark_offsets(TopicPartition("times", 0), timeout=10) == (0, 10)
    consumer.close()


def transactions():
    admin = AdminClient(BASE)
    for name in ["source", "target"]:
        admin.create_topics([NewTopic(name, 2, 1)])[name].result(10)
    first = Producer({**BASE, "transactional.id": "job", "transaction.timeout.ms": 10000})
    first.init_transactions(15)
    first.begin_transaction()
    for number in range(20):
        first.produce("target", value=f"kept {number}", partition=number % 2)
    group = Consumer({**BASE, "group.id": "job", "enable.auto.commit": False})
    first.send_offsets_to_transaction(
        [TopicPartition("source", 0, 11, "note"), TopicPartition("source", 1, 12)], group.consumer_group_metadata(), 15)
    first.commit_transaction(15)
    first.begin_transaction()
    for number in range(20):
        first.produce("target", value=f"dropped {number}", partition=number % 2)
    first.flush(15)
    first.send_offsets_to_transaction([TopicPartition("source", 0, 99)], group.consumer_group_metadata(), 15)
    first.abort_transaction(15)
    values = sorted(m.value().decode() for m in consume("target", 20))
    assert values == sorted(f"kept {n}" for n in range(20)), values
    assert len(consume("target", 40, isolation="read_uncommitted")) == 40
    committed = group.committed([TopicPartition("source", 0), TopicPartition("source", 1)], timeout=15)
    assert [p.offset for p in committed] == [11, 12], committed

    # A second producer of the same id fences the first and aborts what it left open.
    first.begin_transaction()
    first.produce("target", value="orphan", partition=0)
    first.flush(15)
    second = Producer({**BASE, "transactional.id": "job"})
    second.init_transactions(15)
    try:
        first.commit_transaction(15)
        raise AssertionError("the fenced producer committed")
    except KafkaException as problem:
        assert problem.args[0].fatal(), problem
    second.begin_transaction()
    second.produce("target", value="successor", partition=1)
    second.commit_transaction(15)
    values = [m.value().decode() for m in consume("target", 21)]
    assert "successor" in values and "orphan" not in values
    group.close()


def groups():
    admin = AdminClient(BASE)
    admin.create_topics([NewTopic("shared", 4, 1)])["shared"].result(10)
    settings = {**BASE, "group.id": "pair", "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 200}
    members = [Consumer(settings), Consumer(settings)]
    members[0].subscribe(["shared"])
    wait(lambda: members[0].poll(0.1) is None and len(members[0].assignment()) == 4, "the first assignment")
    members[1].subscribe(["shared"])

    def shared():
        for member in members:
            member.poll(0.1)
        return sorted(len(m.assignment()) for m in members) == [2, 2]
    wait(shared, "the rebalance")
    producer = Producer(BASE)
    for number in range(100):
        producer.produce("shared", key=str(number), value=str(number))
    assert producer.flush(15) == 0
    seen = set()

    def all_seen():
        for member in members:
            message = member.poll(0.05)
            if message is not None and not message.error():
                seen.add(int(message.value()))
        return len(seen) == 100
    wait(all_seen, "the messages")
    for member in members:
        member.commit(asynchronous=False)
    description = admin.describe_consumer_groups(["pair"])["pair"].result(10)
    assert description.state.name == "STABLE" and len(description.members) == 2, description
    members[1].close()
    wait(lambda: members[0].poll(0.1) is None and len(members[0].assignment()) == 4, "the second rebalance")
    members[0].close()
    checker = Consumer({**BASE, "group.id": "pair"})
    committed = checker.committed([TopicPartition("shared", p) for p in range(4)], timeout=10)
    assert sum(p.offset for p in committed) == 100, committed
    checker.close()
    assert any(g.group_id == "pair" for g in admin.list_consumer_groups().result(10).valid)
    admin.delete_consumer_groups(["pair"])["pair"].result(10)
    assert not any(g.group_id == "pair" for g in admin.list_consumer_groups().result(10).valid)


def cooperation():
    """Two members that give partitions up one by one, and a static member that comes back unnoticed."""
    admin = AdminClient(BASE)
    admin.create_topics([NewTopic("cooperative", 4, 1)])["cooperative"].result(10)
    settings = {**BASE, "group.id": "cooperative", "auto.offset.reset": "earliest", "session.timeout.ms": 6000,
                "heartbeat.interval.ms": 200, "partition.assignment.strategy": "cooperative-sticky"}
    members = [Consumer({**settings, "group.instance.id": f"instance-{n}"}) for n in range(2)]
    revoked = []
    members[0].subscribe(["cooperative"], on_revoke=lambda _, parts: revoked.append(len(parts)))
    wait(lambda: members[0].poll(0.1) is None and len(members[0].assignment()) == 4, "the first assignment")
    members[1].subscribe(["cooperative"])

    def shared():
        for member in members:
            member.poll(0.1)
        return sorted(len(m.assignment()) for m in members) == [2, 2]
    wait(shared, "the cooperative rebalance")
    assert revoked == [2], revoked
    before = sorted(p.partition for p in members[1].assignment())
    # A static member does not leave when it closes; its successor gets what it had, and nobody else moves.
    members[1].close()
    members[1] = Consumer({**settings, "group.instance.id": "instance-1"})
    members[1].subscribe(["cooperative"])
    wait(shared, "the return of the static member")
    assert sorted(p.partition for p in members[1].assignment()) == before
    assert revoked == [2], revoked
    ids = [m.group_instance_id for m in
           admin.describe_consumer_groups(["cooperative"])["cooperative"].result(10).members]
    assert sorted(ids) == ["instance-0", "instance-1"], ids
    for member in members:
        member.close()


def administration():
    admin = AdminClient(BASE)
    admin.create_topics([NewTopic("managed", 1, 1, config={"retention.ms": "3600000"})])["managed"].result(10)
    expect_error("TOPIC_ALREADY_EXISTS", admin.create_topics([NewTopic("managed", 1, 1)])["managed"])
    expect_error("INVALID_REPLICATION_FACTOR", admin.create_topics([NewTopic("copies", 1, 3)])["copies"])
    expect_error("INVALID_CONFIG", admin.create_topics([NewTopic("odd", 1, 1, config={"no.such": "1"})])["odd"])
    expect_error("TOPIC_EXCEPTION", admin.create_topics([NewTopic("no/slash", 1, 1)])["no/slash"])
    resource = ConfigResource(ResourceType.TOPIC, "managed")
    found = admin.describe_configs([resource])[resource].result(10)
    assert found["retention.ms"].value == "3600000" and not found["retention.ms"].is_default
    resource.set_config("retention.ms", "7200000")
    admin.alter_configs([resource])[resource].result(10)
    found = admin.describe_configs([ConfigResource(ResourceType.TOPIC, "managed")])
    assert list(found.values())[0].result(10)["retention.ms"].value == "7200000"
    admin.create_partitions([NewPartitions("managed", 3)])["managed"].result(10)
    wait(lambda: len(admin.list_topics("managed", timeout=5).topics["managed"].partitions) == 3, "the partitions")
    producer = Producer(BASE)
    for number in range(10):
        producer.produce("managed", value=str(number), partition=0)
    assert producer.flush(15) == 0
    part = TopicPartition("managed", 0, 4)
    assert list(admin.delete_records([part]).values())[0].result(10).low_watermark == 4
    earliest = list(admin.list_offsets({TopicPartition("managed", 0): OffsetSpec.earliest()}).values())[0].result(10)
    assert earliest.offset == 4
    assert [m.value() for m in consume("managed", 6)] == [str(n).encode() for n in range(4, 10)]
    admin.delete_topics(["managed"])["managed"].result(10)
    wait(lambda: "managed" not in admin.list_topics(timeout=5).topics, "the deletion")
    assert admin.describe_cluster().result(10).controller.id == 1


def recompression():
    """What a topic packs anew, librdkafka's own decoders read."""
    admin = AdminClient(BASE)
    for codec in ["uncompressed", "gzip", "snappy", "lz4", "zstd"]:
        topic = f"packed-{codec}"
        admin.create_topics([NewTopic(topic, 1, 1, config={"compression.type": codec})])[topic].result(10)
        producer = Producer({**BASE, "compression.type": "lz4", "linger.ms": 5})
        for number in range(500):
            producer.produce(topic, value=f"value {number} " * 20)
        assert producer.flush(15) == 0
        assert [m.value().decode() for m in consume(topic, 500)] == [f"value {n} " * 20 for n in range(500)]


def new_groups():
    """group.protocol=consumer (KIP-848): two members share the partitions, one leaves, the other has them all."""
    admin = AdminClient(BASE)
    admin.create_topics([NewTopic("shared", 4, 1)])["shared"].result(10)
    producer = Producer(BASE)
    for number in range(400):
        producer.produce("shared", value=str(number), partition=number % 4)
    assert producer.flush(15) == 0
    settings = {**BASE, "group.id": "new", "group.protocol": "consumer", "auto.offset.reset": "earliest",
                "enable.auto.commit": False}
    first, second = Consumer(settings), Consumer(settings)
    seen = []

    def poll(*consumers):
        for consumer in consumers:
            message = consumer.poll(0.05)
            if message is not None:
                assert not message.error(), message.error()
                seen.append(int(message.value()))

    first.subscribe(["shared"])
    wait(lambda: poll(first) or len(first.assignment()) == 4, "the first member to have all", 30)
    wait(lambda: poll(first) or len(seen) >= 100, "records", 30)
    first.commit(asynchronous=False)
    second.subscribe(["shared"])
    wait(lambda: poll(first, second) or (len(first.assignment()), len(second.assignment())) == (2, 2), "a half each", 60)
    wait(lambda: poll(first, second) or len(set(seen)) == 400, "all records", 30)
    first.commit(asynchronous=False)
    second.commit(asynchronous=False)
    described = admin.describe_consumer_groups(["new"])["new"].result(10)
    assert len(described.members) == 2, described
    second.close()
    wait(lambda: poll(first) or len(first.assignment()) == 4, "the first member to have all again", 60)
    first.close()
    committed = Consumer({**BASE, "group.id": "new"}).committed([TopicPartition("shared", p) for p in range(4)], 10)
    assert [place.offset for place in committed] == [100] * 4, committed


def expect_error(name, future):
    try:
        future.result(10)
    except KafkaException as problem:
        assert name in problem.args[0].name(), problem
        return
    raise AssertionError(f"{name} was expected")


def wait(condition, what, timeout=20):
    deadline = time.time() + timeout
    while not condition():
        assert time.time() < deadline, f"waited for {what}"


SCENARIOS = {f.__name__: f for f in [
    compressions, timestamps, transactions, groups, cooperation, administration, recompression, new_groups]}
for name in sys.argv[2:] or SCENARIOS:
    SCENARIOS[name]()
    print("ok", name, flush=True)
