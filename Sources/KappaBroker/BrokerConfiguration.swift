/// How the broker runs: everything that is decided before the start.
package struct BrokerConfiguration: Sendable {
    /// When a write counts as done.
    package enum SyncPolicy: Sendable, Equatable {
        /// Answered and shown to readers once it is on the disk.
        case always
        /// Answered at once, synced this often: a power cut can take that much.
        case interval(milliseconds: Int64)
        /// Answered at once, synced when the system likes to.
        case system

        /// As the command line says it.
        package var word: String {
            switch self {
            case .always: "always"
            case .interval(let milliseconds): "interval:\(milliseconds)"
            case .system: "os"
            }
        }
    }

    package var dataDirectory: String
    package var listen = SocketAddress(host: "127.0.0.1", port: 9092)
    /// The host that clients are told to connect to; the one listened on where it is nil.
    package var advertisedHost: String?
    package var syncPolicy = SyncPolicy.always
    /// The number under which clients know this broker.
    package var nodeId: Int32 = 1
    /// How long the first rebalance of an empty group waits for further members.
    package var initialRebalanceMilliseconds: Int64 = 0
    /// Partitions of a topic that is created without saying how many.
    package var defaultPartitions: Int32 = 1
    package var autoCreatesTopics = true
    /// A file of `name:password` lines: clients then prove who they are, with SASL's PLAIN or SCRAM-SHA-256.
    package var usersFile: String?
    /// The users who may do everything, by name. With them, or once rules of access have been made, all others may do
    /// only what rules allow.
    package var superUsers: [String]?
    /// Whether what no rule is about is open to all, as with Kafka's `allow.everyone.if.no.acl.found`.
    package var allowsWithoutRules = false
    /// Where both are given, clients connect with TLS: the certificate chain and its key, as PEM files.
    package var certificateFile: String?
    package var keyFile: String?
    package var maximumConnections = 4096
    /// A client that owes us progress this long, a reader that does not read say, is shed.
    package var stallMilliseconds: Int64 = 30_000
    /// A connection without requests ends after this long.
    package var idleMilliseconds: Int64 = 600_000
    package var maximumRequestBytes = 100 * 1024 * 1024
    /// Of all requests that are arriving, together.
    package var maximumQueuedRequestBytes = 512 * 1024 * 1024
    /// Of all answers that wait to be read, together.
    package var maximumAnswersBytes = 256 * 1024 * 1024
    package var maximumConnectionsPerAddress = Int.max
    /// Members of one group, and groups.
    package var maximumGroupMembers = 1000
    package var maximumGroups = 100_000
    package var maximumTransactionalIds = 100_000
    /// How long a transactional id that nobody uses is known.
    package var transactionalIdRetentionMilliseconds: Int64 = 7 * 86_400_000
    /// How long a client is taken for who it has proved to be before it must do so again; for ever where it is 0.
    package var reauthenticationMilliseconds: Int64 = 0
    package var minimumSessionMilliseconds: Int64 = 500
    package var maximumSessionMilliseconds: Int64 = 1_800_000
    package var maximumTransactionMilliseconds: Int32 = 900_000
    package var maximumOffsetMetadataBytes = 4096
    /// How long a producer that has fallen silent is still known again.
    package var producerRetentionMilliseconds: Int64 = 86_400_000
    package var offsetsRetentionMilliseconds: Int64 = 7 * 86_400_000
    /// How often retention looks at the logs.
    package var cleanupMilliseconds: Int64 = 60_000
    /// The program's version, which clients may ask for.
    package var version = "unknown"
    /// Where words for the operator go.
    package var log: @Sendable (String) -> Void = { _ in }

    package init(dataDirectory: String) { self.dataDirectory = dataDirectory }
}
