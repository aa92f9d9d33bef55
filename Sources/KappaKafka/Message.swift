import CRdKafka
package import KappaCore

/// A record as librdkafka holds it, borrowed for as long as its batch lives. Null and empty differ.
package struct Message {
    let pointer: UnsafeMutablePointer<rd_kafka_message_t>

    /// What the producer was given with the record, to know it again.
    package var tag: Int { Int(bitPattern: pointer.pointee._private) }
    package var partition: Int32 { pointer.pointee.partition }
    package var offset: Int64 { pointer.pointee.offset }

    /// Builds a String: not for a loop over records.
    package var topic: String { String(cString: rd_kafka_topic_name(pointer.pointee.rkt)) }

    /// Tells topics apart without their names; stays the same for as long as the consumer lives.
    package var topicIdentity: UnsafeRawPointer { UnsafeRawPointer(pointer.pointee.rkt) }

    package var value: UnsafeRawBufferPointer? {
        pointer.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.len) }
    }

    package var key: UnsafeRawBufferPointer? {
        pointer.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.key_len) }
    }

    package var timestamp: Timestamp? {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        let milliseconds = rd_kafka_message_timestamp(pointer, &type)
        return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : Timestamp(milliseconds: milliseconds)
    }

    package var isLogAppendTime: Bool {
        var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
        _ = rd_kafka_message_timestamp(pointer, &type)
        return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
    }

    /// Calls `body` with each header in order; a null value is nil. The bytes are borrowed for the call.
    package func forEachHeader(_ body: (UnsafePointer<CChar>, UnsafeRawBufferPointer?) throws -> Void) rethrows {
        var headers: OpaquePointer?
        guard rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return }
        var index = 0
        var name: UnsafePointer<CChar>?
        var bytes: UnsafeRawPointer?
        var count = 0
        while rd_kafka_header_get_all(headers, index, &name, &bytes, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
            try body(name!, bytes.map { UnsafeRawBufferPointer(start: $0, count: count) })
            index += 1
        }
    }

    /// The headers, copied.
    package var headers: [Header] {
        var copied: [Header] = []
        forEachHeader { name, value in copied.append(Header(name: String(cString: name), value: value.map(Array.init)))
        }
        return copied
    }
}
