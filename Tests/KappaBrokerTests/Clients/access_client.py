"""confluent-kafka's admin client, producer and consumer against a broker with rules of access.

The first argument is the broker, whose users file has root and ann with the password "secret"; root is a super user.
"""
import sys
import time

from confluent_kafka import Consumer, KafkaError, KafkaException, Producer
from confluent_kafka.admin import (
    AclBinding, AclBindingFilter, AclOperation, AclPermissionType, AdminClient, NewTopic, ResourcePatternType,
    ResourceType, ScramCredentialInfo, ScramMechanism, UserScramCredentialDeletion, UserScramCredentialUpsertion)

BROKER = sys.argv[1]


def base(user, password="secret", mechanism="SCRAM-SHA-256"):
    return {"bootstrap.servers": BROKER, "security.protocol": "SASL_PLAINTEXT", "sasl.mechanism": mechanism,
            "sasl.username": user, "sasl.password": password}


def done(futures):
    return {key: future.result(30) for key, future in futures.items()}


def allow(user, operation, kind, name, pattern=ResourcePatternType.LITERAL):
    return AclBinding(kind, name, pattern, f"User:{user}", "*", operation, AclPermissionType.ALLOW)


EVERYTHING = AclBindingFilter(
    ResourceType.ANY, None, ResourcePatternType.ANY, None, None, AclOperation.ANY, AclPermissionType.ANY)


def send(user, topic, password):
    producer, errors = Producer({**base(user, password), "message.timeout.ms": 20_000}), []
    producer.produce(topic, b"a reading", on_delivery=lambda error, _: errors.append(error))
    producer.flush(30)
    return errors[0].code() if errors[0] else None


def first(user, topic, group, password):
    """The first record that the user gets, or the code of the error."""
    consumer = Consumer({**base(user, password), "group.id": group, "auto.offset.reset": "earliest"})
    consumer.subscribe([topic])
    deadline = time.time() + 60
    while time.time() < deadline:
        message = consumer.poll(1)
        if message is not None:
            consumer.close()
            return message.error().code() if message.error() else message.value()
    raise SystemExit(f"{user} got neither a record nor an error")


def rules():
    root = AdminClient(base("root"))
    done(root.create_topics([NewTopic("monitoring", 1, 1), NewTopic("other", 1, 1)]))
    bindings = [
        allow("logger", AclOperation.WRITE, ResourceType.TOPIC, "monitoring"),
        allow("dash", AclOperation.READ, ResourceType.TOPIC, "monitoring"),
        allow("dash", AclOperation.READ, ResourceType.GROUP, "dash-", ResourcePatternType.PREFIXED),
    ]
    done(root.create_acls(bindings))
    assert set(root.describe_acls(EVERYTHING).result(30)) == set(bindings)
    done(root.alter_user_scram_credentials([
        UserScramCredentialUpsertion(name, ScramCredentialInfo(ScramMechanism.SCRAM_SHA_256, 8192), b"pass word")
        for name in ("logger", "dash")]))
    assert send("logger", "monitoring", "pass word") is None
    assert send("logger", "other", "pass word") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert send("dash", "monitoring", "pass word") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert first("dash", "monitoring", "dash-1", "pass word") == b"a reading"
    assert first("dash", "monitoring", "g", "pass word") == KafkaError.GROUP_AUTHORIZATION_FAILED
    assert first("dash", "other", "dash-2", "pass word") == KafkaError.TOPIC_AUTHORIZATION_FAILED
    assert first("logger", "monitoring", "dash-1", "pass word") == KafkaError.GROUP_AUTHORIZATION_FAILED
    # librdkafka shows an empty list for the error that describing rules is answered with.
    stranger = AdminClient(base("logger", "pass word"))
    assert stranger.describe_acls(EVERYTHING).result(30) == []
    for request in (lambda a: done(a.create_acls(bindings[:1])),
                    lambda a: done(a.create_topics([NewTopic("mine", 1, 1)]))):
        try:
            request(stranger)
        except KafkaException as error:
            assert error.args[0].code() in (
                KafkaError.CLUSTER_AUTHORIZATION_FAILED, KafkaError.TOPIC_AUTHORIZATION_FAILED), error
        else:
            raise SystemExit("the logger administered the broker")
    gone = done(root.delete_acls([AclBindingFilter(
        ResourceType.TOPIC, "monitoring", ResourcePatternType.MATCH, "User:logger", None, AclOperation.ANY,
        AclPermissionType.ANY)]))
    assert [list(found) for found in gone.values()] == [bindings[:1]], gone
    assert send("logger", "monitoring", "pass word") == KafkaError.TOPIC_AUTHORIZATION_FAILED


def credentials():
    root = AdminClient(base("root"))
    done(root.alter_user_scram_credentials([
        UserScramCredentialUpsertion("eve", ScramCredentialInfo(ScramMechanism.SCRAM_SHA_512, 4096), b"first")]))
    described = root.describe_user_scram_credentials(["eve"])["eve"].result(30)
    assert [(info.mechanism, info.iterations) for info in described.scram_credential_infos] == [
        (ScramMechanism.SCRAM_SHA_512, 4096)]
    AdminClient(base("eve", "first", "SCRAM-SHA-512")).list_topics(timeout=30)
    done(root.alter_user_scram_credentials([
        UserScramCredentialDeletion("eve", ScramMechanism.SCRAM_SHA_512)]))
    try:
        root.describe_user_scram_credentials(["eve"])["eve"].result(30)
    except KafkaException as error:
        assert error.args[0].code() == KafkaError.RESOURCE_NOT_FOUND, error
    else:
        raise SystemExit("eve is still there")
    failed = []
    client = AdminClient({**base("eve", "first", "SCRAM-SHA-512"), "error_cb": failed.append})
    deadline = time.time() + 60
    while not failed and time.time() < deadline:
        client.poll(1)
    assert any(error.code() == KafkaError._AUTHENTICATION for error in failed), failed


globals()[sys.argv[2]]()
print("ok", sys.argv[2])
