import CRdKafka
import KappaCore

/// One question to the cluster's admin side, and its one answer.
extension KafkaClient {
    /// Sends by `send`, waits for the answer, and reads it by `read` while it lives.
    func admin<Answer>(
        _ what: String, _ operation: rd_kafka_admin_op_t, waitForIt: Bool = false, validateOnly: Bool = false,
        send: (_ options: OpaquePointer, _ queue: OpaquePointer) -> Void,
        read: (_ event: OpaquePointer) throws(KafkaError) -> Answer
    ) throws(KafkaError) -> Answer {
        let options = rd_kafka_AdminOptions_new(handle, operation)!
        defer { rd_kafka_AdminOptions_destroy(options) }
        let limit = configuration.timeoutMilliseconds
        rd_kafka_AdminOptions_set_request_timeout(options, limit, nil, 0)
        if waitForIt { rd_kafka_AdminOptions_set_operation_timeout(options, limit, nil, 0) }
        if validateOnly { rd_kafka_AdminOptions_set_validate_only(options, 1, nil, 0) }
        let queue = rd_kafka_queue_new(handle)!
        defer { rd_kafka_queue_destroy(queue) }
        send(options, queue)
        guard let event = rd_kafka_queue_poll(queue, limit + 1000) else {
            throw explained(KafkaError(RD_KAFKA_RESP_ERR__TIMED_OUT, what))
        }
        defer { rd_kafka_event_destroy(event) }
        let code = rd_kafka_event_error(event)
        if code != RD_KAFKA_RESP_ERR_NO_ERROR {
            let detail = rd_kafka_event_error_string(event).map { String(cString: $0) }
            throw explained(KafkaError(code, what, detail: detail))
        }
        return try read(event)
    }

    /// A list of C strings or objects that an admin answer holds.
    static func each<Element>(
        _ array: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ read: (OpaquePointer) -> Element
    ) -> [Element] {
        (0..<count).compactMap { index in array?[index].map(read) }
    }
}

/// What became of one item of a request that named several.
package struct ItemOutcome: Sendable {
    package var name: String
    package var error: KafkaError?
}
