"""Two clients of schema registries that have nothing to do with each other, against the registry at argv[1].

Prints one line for each thing seen; any exception is a failure.
"""

import json
import sys

from confluent_kafka.schema_registry import Schema, SchemaRegistryClient, SchemaReference
from confluent_kafka.schema_registry.avro import AvroDeserializer, AvroSerializer
from confluent_kafka.schema_registry.error import SchemaRegistryError
from confluent_kafka.serialization import MessageField, SerializationContext
from schema_registry.client import SchemaRegistryClient as OtherClient
from schema_registry.client import schema as other_schema

url = sys.argv[1]
client = SchemaRegistryClient({"url": url})

reading = {
    "type": "record", "name": "Reading", "namespace": "site",
    "fields": [{"name": "borehole", "type": "string"}, {"name": "value", "type": "double"}],
}
context = SerializationContext("site", MessageField.VALUE)
serializer = AvroSerializer(client, json.dumps(reading))
written = serializer({"borehole": "BH-1", "value": 1.5}, context)
assert written[0] == 0 and int.from_bytes(written[1:5], "big") == 1, written[:5]
assert AvroDeserializer(client)(written, context) == {"borehole": "BH-1", "value": 1.5}
assert client.get_subjects() == ["site-value"]
print("serialized")

latest = client.get_latest_version("site-value")
assert (latest.version, latest.schema_id) == (1, 1), latest
assert client.lookup_schema("site-value", Schema(json.dumps(reading), "AVRO")).version == 1

narrower = dict(reading, fields=reading["fields"] + [{"name": "depth", "type": "double"}])
wider = dict(reading, fields=reading["fields"] + [{"name": "depth", "type": ["null", "double"], "default": None}])
assert client.test_compatibility("site-value", Schema(json.dumps(wider), "AVRO"))
assert not client.test_compatibility("site-value", Schema(json.dumps(narrower), "AVRO"))
try:
    client.register_schema("site-value", Schema(json.dumps(narrower), "AVRO"))
    raise AssertionError("an incompatible schema was taken")
except SchemaRegistryError as error:
    assert error.http_status_code == 409, error
assert client.register_schema("site-value", Schema(json.dumps(wider), "AVRO")) == 2
print("compatible")

user = Schema(
    json.dumps({"type": "record", "name": "Pair", "fields": [{"name": "r", "type": "site.Reading"}]}), "AVRO",
    [SchemaReference("site.Reading", "site-value", 1)])
assert client.register_schema("pair-value", user) == 3
assert client.get_schema(3).references[0].subject == "site-value"
print("referred")

client.set_compatibility(subject_name="site-value", level="FULL_TRANSITIVE")
assert client.get_compatibility("site-value") == "FULL_TRANSITIVE"
try:
    client.get_compatibility("pair-value")
    raise AssertionError("a level that nobody set")
except SchemaRegistryError as error:
    assert error.error_code == 40408, error
print("configured")

other = OtherClient(url=url)
avro = other_schema.AvroSchema({"type": "record", "name": "Other", "fields": [{"name": "n", "type": "long"}]})
assert other.register("other-value", avro) == 4
assert other.get_by_id(4).name == "Other"
assert other.check_version("other-value", avro).version == 1
assert sorted(other.get_subjects()) == ["other-value", "pair-value", "site-value"]
other.update_compatibility("NONE", "other-value")
assert other.get_compatibility("other-value") == "NONE"
assert other.delete_subject("other-value") == [1]
assert "other-value" not in other.get_subjects()
print("another client")
