// The room for librdkafka: handles with one owner each, producer, consumer, admin. The only importer of CRdKafka;
// nothing outside sees a C type. Who owns what is written beside each callback and each `take`.

import CRdKafka
package import KappaCore
import KappaWire

/// What librdkafka or the broker said, as a sentence that names the host, topic or property.
package struct KafkaError: Failure, Equatable {
    /// Kafka's own error number, or librdkafka's negative one.
    package var code: Int32
    package var kind: FailureKind
    package var message: String
    package var hint: String?
    /// The producer is finished and must be replaced.
    package var isFatal = false
    /// The same call may be made again.
    package var isRetriable = false
    /// The open transaction has to be aborted.
    package var requiresAbort = false

    package init(code: Int32, kind: FailureKind = .failed, message: String, hint: String? = nil) {
        self.code = code
        self.kind = kind
        self.message = message
        self.hint = hint
    }
}

extension KafkaError {
    init(_ code: rd_kafka_resp_err_t, _ what: String, detail: String? = nil) {
        let said = KafkaError.said(code, detail)
        self.init(
            code: code.rawValue, kind: KafkaError.kind(of: code),
            message: what.isEmpty ? said : "\(what): \(said)", hint: KafkaError.hint(for: code))
    }

    /// What a broker answered on the plain path: the numbers are the same.
    init(_ code: ErrorCode, _ what: String) {
        self.init(rd_kafka_resp_err_t(Int32(code.rawValue)), what)
    }

    /// A connection of our own was lost, and is being made again.
    static func lostConnection(_ words: String) -> KafkaError {
        KafkaError(code: RD_KAFKA_RESP_ERR__TRANSPORT.rawValue, kind: .unreachable, message: words)
    }

    /// The library's words without the side that they are of: "Broker: ", "Local: ".
    private static func said(_ code: rd_kafka_resp_err_t, _ detail: String?) -> String {
        if code == RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART || code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC {
            return "there is no such topic or partition"
        }
        if code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE { return "the record is too large" }
        var text = detail ?? String(cString: rd_kafka_err2str(code))
        for side in ["Broker: ", "Local: "] where text.hasPrefix(side) { text.removeFirst(side.count) }
        return text
    }

    /// Takes over `error` and frees it.
    init(taking error: OpaquePointer, _ what: String) {
        defer { rd_kafka_error_destroy(error) }
        self.init(rd_kafka_error_code(error), what, detail: String(cString: rd_kafka_error_string(error)))
        isFatal = rd_kafka_error_is_fatal(error) != 0
        isRetriable = rd_kafka_error_is_retriable(error) != 0
        requiresAbort = rd_kafka_error_txn_requires_abort(error) != 0
    }

    private static func kind(of code: rd_kafka_resp_err_t) -> FailureKind {
        switch code {
        case RD_KAFKA_RESP_ERR__TRANSPORT, RD_KAFKA_RESP_ERR__ALL_BROKERS_DOWN, RD_KAFKA_RESP_ERR__RESOLVE,
            RD_KAFKA_RESP_ERR__TIMED_OUT, RD_KAFKA_RESP_ERR__SSL, RD_KAFKA_RESP_ERR__AUTHENTICATION,
            RD_KAFKA_RESP_ERR__TIMED_OUT_QUEUE, RD_KAFKA_RESP_ERR__WAIT_COORD:
            .unreachable
        case RD_KAFKA_RESP_ERR__INVALID_ARG: .usage
        default: .failed
        }
    }

    static let hintOnAbsence = "is it running? 'kappa broker start' starts one here; --brokers names another"
    static let hintOnTLS = "check security.protocol and ssl.ca.location (-X), and the port"

    private static func hint(for code: rd_kafka_resp_err_t) -> String? {
        switch code {
        case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC:
            "see 'kappa topics list', or make it with 'kappa topics create NAME'"
        case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED:
            "the broker's administrator has to allow this user to do it"
        case RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE:
            "the topic's max.message.bytes, and -X message.max.bytes on this side, say how large a record may be"
        case RD_KAFKA_RESP_ERR__SSL: hintOnTLS
        default: nil
        }
    }

    /// Whether a healthy cluster answers so while it heals: a leader or coordinator that moves, a replica that is
    /// missing, a connection that was lost.
    package var passes: Bool {
        if isFatal || kind == .usage { return false }
        return kind == .unreachable || isRetriable || KafkaError.passing.contains(code)
    }

    /// Whether a right is missing, or something is larger than the cluster takes: asked again, it says the same.
    package var isRefusal: Bool { KafkaError.refusals.contains(code) }

    private static let refusals: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_CLUSTER_AUTHORIZATION_FAILED,
            RD_KAFKA_RESP_ERR_TRANSACTIONAL_ID_AUTHORIZATION_FAILED, RD_KAFKA_RESP_ERR_OFFSET_METADATA_TOO_LARGE,
            RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE, RD_KAFKA_RESP_ERR_INVALID_TRANSACTION_TIMEOUT,
        ].map(\.rawValue))

    package static let unknownTopics: Set<Int32> = [unknownTopic, unknownTopicLocally, unknownPartition]

    private static let passing: Set<Int32> = Set(
        [
            RD_KAFKA_RESP_ERR_LEADER_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NOT_LEADER_FOR_PARTITION,
            RD_KAFKA_RESP_ERR_REQUEST_TIMED_OUT, RD_KAFKA_RESP_ERR_BROKER_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_REPLICA_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_NETWORK_EXCEPTION,
            RD_KAFKA_RESP_ERR_COORDINATOR_LOAD_IN_PROGRESS, RD_KAFKA_RESP_ERR_COORDINATOR_NOT_AVAILABLE,
            RD_KAFKA_RESP_ERR_NOT_COORDINATOR, RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS,
            RD_KAFKA_RESP_ERR_NOT_ENOUGH_REPLICAS_AFTER_APPEND, RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS,
            RD_KAFKA_RESP_ERR_KAFKA_STORAGE_ERROR, RD_KAFKA_RESP_ERR_LISTENER_NOT_FOUND,
            RD_KAFKA_RESP_ERR_FENCED_LEADER_EPOCH, RD_KAFKA_RESP_ERR_UNKNOWN_LEADER_EPOCH,
            RD_KAFKA_RESP_ERR_OFFSET_NOT_AVAILABLE, RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION,
            RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID,
        ].map(\.rawValue))

    package static let unknownTopic = RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART.rawValue
    package static let topicExists = RD_KAFKA_RESP_ERR_TOPIC_ALREADY_EXISTS.rawValue
    package static let unknownTopicLocally = RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC.rawValue
    package static let unknownPartition = RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION.rawValue
    package static let recordTooLarge = RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE.rawValue
    package static let groupNotFound = RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND.rawValue
    package static let partitionEnd = RD_KAFKA_RESP_ERR__PARTITION_EOF.rawValue
    package static let offsetOutOfRange = RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE.rawValue
    package static let autoOffsetReset = RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET.rawValue
    package static let queueFull = RD_KAFKA_RESP_ERR__QUEUE_FULL.rawValue
    package static let timedOut = RD_KAFKA_RESP_ERR__TIMED_OUT.rawValue
    package static let fenced = RD_KAFKA_RESP_ERR__FENCED.rawValue
    package static let maxPollExceeded = RD_KAFKA_RESP_ERR__MAX_POLL_EXCEEDED.rawValue
    package static let groupAuthorizationFailed = RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED.rawValue
    package static let illegalGeneration = RD_KAFKA_RESP_ERR_ILLEGAL_GENERATION.rawValue
    package static let unknownMember = RD_KAFKA_RESP_ERR_UNKNOWN_MEMBER_ID.rawValue
    package static let rebalanceInProgress = RD_KAFKA_RESP_ERR_REBALANCE_IN_PROGRESS.rawValue
    package static let assignmentLost = RD_KAFKA_RESP_ERR__ASSIGNMENT_LOST.rawValue
}

extension KafkaError {
    /// A question that was still open when the end was asked for.
    static func stopped(_ stop: StopSignal) -> KafkaError {
        KafkaError(
            code: RD_KAFKA_RESP_ERR__INTR.rawValue, kind: .interrupted(signal: stop.signal ?? 0),
            message: "stopped while a question was open")
    }
}

/// Throws what `code` means unless it means nothing.
func check(_ code: rd_kafka_resp_err_t, _ what: @autoclosure () -> String) throws(KafkaError) {
    guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return }
    throw KafkaError(code, what())
}

/// Throws and frees `error` where there is one.
func check(taking error: OpaquePointer?, _ what: @autoclosure () -> String) throws(KafkaError) {
    guard let error else { return }
    throw KafkaError(taking: error, what())
}

/// The version of the library that is linked.
package var libraryVersion: String { String(cString: rd_kafka_version_str()) }
