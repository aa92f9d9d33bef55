"""Avro over a registry by confluent-kafka: `avro_topics.py write|write-header|read BROKERS REGISTRY TOPIC`."""

import json
import sys

from confluent_kafka import Consumer, Producer
from confluent_kafka.schema_registry import SchemaRegistryClient
from confluent_kafka.schema_registry import header_schema_id_serializer
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.serialization import MessageField, SerializationContext

action, brokers, url, topic = sys.argv[1:5]
client = SchemaRegistryClient({"url": url})
schema = json.dumps({
    "type": "record", "name": "Reading", "namespace": "site",
    "fields": [
        {"name": "borehole_number", "type": "string"}, {"name": "reading", "type": "double"},
        {"name": "timestamp", "type": {"type": "long", "logicalType": "timestamp-millis"}},
        {"name": "units", "type": ["null", "string"], "default": None},
    ],
})

if action == "read":
    consumer = Consumer({"bootstrap.servers": brokers, "group.id": "reader", "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    read = AvroDeserializer(client)
    for _ in range(3):
        message = consumer.poll(30)
        assert message is not None and message.error() is None, message
        value = read(message.value(), SerializationContext(topic, MessageField.VALUE, message.headers()))
        print(value["borehole_number"], value["reading"], int(value["timestamp"].timestamp() * 1000), value["units"])
    consumer.close()
else:
    settings = {"auto.register.schemas": True}
    if action == "write-header":
        settings["schema.id.serializer"] = header_schema_id_serializer
    write = AvroSerializer(client, schema, conf=settings)
    producer = Producer({"bootstrap.servers": brokers})
    for index in range(3):
        headers = []
        context = SerializationContext(topic, MessageField.VALUE, headers)
        value = {"borehole_number": f"BH-{index}", "reading": index + 0.5, "timestamp": 1700000000000 + index,
                 "units": "kPa" if index else None}
        producer.produce(topic, write(value, context), headers=context.headers)
    assert producer.flush(30) == 0
