import CRdKafka
import Glibc
package import KappaCore
import KappaRecords

/// A record, borrowed for as long as its batch lives, whoever has fetched it. Null and empty differ.
package struct Message {
    private enum Origin {
        case library(UnsafeMutablePointer<rd_kafka_message_t>)
        /// Fetched over a connection of our own, of a partition that outlives it.
        case own(Record, Unmanaged<FollowedPartition>, isLogAppendTime: Bool)
    }

    private let origin: Origin

    init(_ pointer: UnsafeMutablePointer<rd_kafka_message_t>) { origin = .library(pointer) }

    init(_ record: Record, of partition: FollowedPartition, isLogAppendTime: Bool) {
        origin = .own(record, .passUnretained(partition), isLogAppendTime: isLogAppendTime)
    }

    /// What the producer was given with the record, to know it again.
    package var tag: Int {
        guard case .library(let pointer) = origin else { return 0 }
        return Int(bitPattern: pointer.pointee._private)
    }

    package var partition: Int32 {
        switch origin {
        case .library(let pointer): pointer.pointee.partition
        case .own(_, let partition, _): partition._withUnsafeGuaranteedRef { $0.at.partition }
        }
    }

    package var offset: Int64 {
        switch origin {
        case .library(let pointer): pointer.pointee.offset
        case .own(let record, _, _): record.offset
        }
    }

    /// Builds a String: not for a loop over records.
    package var topic: String {
        switch origin {
        case .library(let pointer): String(cString: rd_kafka_topic_name(pointer.pointee.rkt))
        case .own(_, let partition, _): partition._withUnsafeGuaranteedRef { $0.at.topic }
        }
    }

    /// Tells topics apart without their names; stays the same for as long as they are read in the same way.
    package var topicIdentity: UnsafeRawPointer {
        switch origin {
        case .library(let pointer): UnsafeRawPointer(pointer.pointee.rkt)
        case .own(_, let partition, _): partition._withUnsafeGuaranteedRef { $0.topicIdentity }
        }
    }

    package var value: UnsafeRawBufferPointer? {
        switch origin {
        case .library(let pointer):
            pointer.pointee.payload.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.len) }
        case .own(let record, _, _): record.value
        }
    }

    package var key: UnsafeRawBufferPointer? {
        switch origin {
        case .library(let pointer):
            pointer.pointee.key.map { UnsafeRawBufferPointer(start: $0, count: pointer.pointee.key_len) }
        case .own(let record, _, _): record.key
        }
    }

    package var timestamp: Timestamp? {
        switch origin {
        case .library(let pointer):
            var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
            let milliseconds = rd_kafka_message_timestamp(pointer, &type)
            return type == RD_KAFKA_TIMESTAMP_NOT_AVAILABLE ? nil : Timestamp(milliseconds: milliseconds)
        case .own(let record, _, _):
            return record.timestamp == -1 ? nil : Timestamp(milliseconds: record.timestamp)
        }
    }

    package var isLogAppendTime: Bool {
        switch origin {
        case .library(let pointer):
            var type = RD_KAFKA_TIMESTAMP_NOT_AVAILABLE
            _ = rd_kafka_message_timestamp(pointer, &type)
            return type == RD_KAFKA_TIMESTAMP_LOG_APPEND_TIME
        case .own(_, _, let isLogAppendTime): return isLogAppendTime
        }
    }

    /// Calls `body` with each header in order; a null value is nil. The bytes are borrowed for the call.
    package func forEachHeader(_ body: (_ name: UnsafeRawBufferPointer, UnsafeRawBufferPointer?) -> Void) {
        switch origin {
        case .library(let pointer):
            var headers: OpaquePointer?
            guard rd_kafka_message_headers(pointer, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR, let headers else { return }
            var index = 0
            var name: UnsafePointer<CChar>?
            var bytes: UnsafeRawPointer?
            var count = 0
            while rd_kafka_header_get_all(headers, index, &name, &bytes, &count) == RD_KAFKA_RESP_ERR_NO_ERROR {
                let named = UnsafeRawBufferPointer(start: name, count: strlen(name!))
                body(named, bytes.map { UnsafeRawBufferPointer(start: $0, count: count) })
                index += 1
            }
        case .own(let record, _, _): record.forEachHeader(body)
        }
    }

    /// The headers, copied.
    package var headers: [Header] {
        var copied: [Header] = []
        forEachHeader { name, value in
            copied.append(Header(name: String(decoding: name, as: UTF8.self), value: value.map(Array.init)))
        }
        return copied
    }

    /// A copy of the headers in librdkafka's form, for whoever destroys it or hands it over; nil where there are none.
    func copiedHeaders() -> OpaquePointer? {
        switch origin {
        case .library(let pointer):
            var original: OpaquePointer?
            guard rd_kafka_message_headers(pointer, &original) == RD_KAFKA_RESP_ERR_NO_ERROR, let original else {
                return nil
            }
            return rd_kafka_headers_copy(original)
        case .own(let record, _, _):
            guard record.headerCount > 0 else { return nil }
            let copy = rd_kafka_headers_new(record.headerCount)
            record.forEachHeader { name, value in
                // A length of -1 would be strlen's business, and a null value is not an empty one.
                rd_kafka_header_add(
                    copy, name.baseAddress?.assumingMemoryBound(to: CChar.self), name.count,
                    value.map { $0.baseAddress ?? UnsafeRawPointer(bitPattern: 1)! }, value?.count ?? 0)
            }
            return copy
        }
    }
}
