"""aiokafka, against the broker named in the first argument."""
import asyncio
import sys

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

BROKER = sys.argv[1]


async def read(topic, count, isolation="read_committed"):
    consumer = AIOKafkaConsumer(topic, bootstrap_servers=BROKER, auto_offset_reset="earliest",
                                isolation_level=isolation)
    await consumer.start()
    values = []
    try:
        while len(values) < count:
            message = await asyncio.wait_for(consumer.getone(), 10)
            values.append(message.value.decode())
        try:
            extra = await asyncio.wait_for(consumer.getone(), 0.5)
            raise AssertionError(extra)
        except asyncio.TimeoutError:
            return values
    finally:
        await consumer.stop()


async def produce_and_consume():
    for codec in [None, "gzip", "snappy", "lz4", "zstd"]:
        topic = f"aio-{codec or 'none'}"
        try:
            producer = AIOKafkaProducer(bootstrap_servers=BROKER, compression_type=codec, enable_idempotence=True)
        except RuntimeError:
            print("without", codec)
            continue
        await producer.start()
        for number in range(100):
            await producer.send(topic, f"value {number}".encode())
        await producer.stop()
        assert await read(topic, 100) == [f"value {n}" for n in range(100)]


async def transactions():
    producer = AIOKafkaProducer(bootstrap_servers=BROKER, transactional_id="aio-job")
    await producer.start()
    async with producer.transaction():
        for number in range(10):
            await producer.send("aio-target", f"kept {number}".encode())
        await producer.send_offsets_to_transaction({TopicPartition("aio-target", 0): 5}, "aio-group")
    try:
        async with producer.transaction():
            for number in range(10):
                await producer.send("aio-target", f"dropped {number}".encode())
            await producer.flush()
            raise ValueError("on purpose")
    except ValueError:
        pass
    await producer.stop()
    assert await read("aio-target", 10) == [f"kept {n}" for n in range(10)]
    assert len(await read("aio-target", 20, "read_uncommitted")) == 20
    consumer = AIOKafkaConsumer(bootstrap_servers=BROKER, group_id="aio-group")
    await consumer.start()
    assert await consumer.committed(TopicPartition("aio-target", 0)) == 5
    await consumer.stop()


async def groups():
    admin = AIOKafkaAdminClient(bootstrap_servers=BROKER)
    await admin.start()
    await admin.create_topics([NewTopic("aio-shared", 4, 1)])
    await admin.close()
    settings = dict(bootstrap_servers=BROKER, group_id="aio-pair", auto_offset_reset="earliest",
                    session_timeout_ms=6000, heartbeat_interval_ms=300)
    first = AIOKafkaConsumer("aio-shared", **settings)
    await first.start()
    second = AIOKafkaConsumer("aio-shared", **settings)
    await second.start()
    for _ in range(200):
        if len(first.assignment()) == 2 and len(second.assignment()) == 2:
            break
        await asyncio.sleep(0.05)
    else:
        raise AssertionError((first.assignment(), second.assignment()))
    producer = AIOKafkaProducer(bootstrap_servers=BROKER)
    await producer.start()
    for number in range(100):
        await producer.send("aio-shared", str(number).encode(), partition=number % 4)
    await producer.stop()
    seen = set()
    for _ in range(100):
        for consumer in (first, second):
            for messages in (await consumer.getmany(timeout_ms=100)).values():
                seen.update(int(m.value) for m in messages)
        if len(seen) == 100:
            break
    assert len(seen) == 100, len(seen)
    await first.stop()
    await second.stop()


SCENARIOS = {f.__name__: f for f in [produce_and_consume, transactions, groups]}


async def main():
    for name in sys.argv[2:] or SCENARIOS:
        await SCENARIOS[name]()
        print("ok", name, flush=True)

asyncio.run(main())
