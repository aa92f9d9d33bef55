import CRdKafka

/// librdkafka itself.
package enum KafkaLibrary {
    package static var version: String { String(cString: rd_kafka_version_str()) }
}
