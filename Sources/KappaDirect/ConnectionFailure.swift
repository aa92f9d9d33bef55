// The room for work on logs without a client library: plain connections, Fetch requests, transactions, record batches,
// and what coordinators know of groups. Reading and writing give up, saying why, on all that does not go as usual:
// another leader, another coordinator, a lost connection. Nothing is lost by it: whoever asked begins again at the last
// commit, or lets librdkafka do the same. Questions (Asking/) are asked again until they are answered.

package import KappaCore
package import KappaWire

/// Why something could not be read or written.
package struct ConnectionFailure: Failure {
    /// `unreachable` for a lost connection, which may be made again.
    package var kind: FailureKind
    package var message: String
    /// What a broker answered, where one did.
    package var code: ErrorCode?

    /// It failed by a certificate, a password or a protocol, and will fail again.
    package var isSecurity = false
    private var cure: String?

    init(
        _ message: String, kind: FailureKind = .failed, code: ErrorCode? = nil, isSecurity: Bool = false,
        hint: String? = nil
    ) {
        self.isSecurity = isSecurity
        cure = hint
        self.kind = kind
        self.message = message
        self.code = code
    }

    /// What was under way was not to be waited for.
    static func stopped(_ stop: StopSignal) -> ConnectionFailure {
        ConnectionFailure("stopped while a question was open", kind: .interrupted(signal: stop.signal ?? 0))
    }

    /// Whether asking again would bring the same answer: rights that are missing, or what is too large.
    package var isFinal: Bool {
        switch code {
        case .offsetMetadataTooLarge, .messageTooLarge, .recordListTooLarge, .topicAuthorizationFailed,
            .groupAuthorizationFailed, .clusterAuthorizationFailed, .transactionalIdAuthorizationFailed,
            .invalidTransactionTimeout, .unsupportedForMessageFormat, .policyViolation, .saslAuthenticationFailed,
            .unsupportedSaslMechanism:
            true
        default: false
        }
    }

    /// Another broker leads the partition, or will in a moment.
    package var isOfMovedLeader: Bool {
        switch code {
        case .leaderNotAvailable, .notLeaderOrFollower, .replicaNotAvailable, .kafkaStorageError, .fencedLeaderEpoch,
            .unknownLeaderEpoch:
            true
        default: false
        }
    }

    /// What a right is missing for, in words.
    package var hint: String? {
        if let cure { return cure }
        switch code {
        case .topicAuthorizationFailed: return "the broker's administrator has to allow this user to use the topic"
        case .groupAuthorizationFailed:
            return "the broker's administrator has to allow this user to use the group (READ)"
        case .transactionalIdAuthorizationFailed:
            return "the broker's administrator has to allow this user to WRITE with the transactional id"
        case .clusterAuthorizationFailed: return "the broker's administrator has to allow this user to do it"
        default: return nil
        }
    }
}
