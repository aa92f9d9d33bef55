// The room for work on logs without a client library: plain connections, Fetch requests, transactions, record batches.
// It gives up, saying why, on all that does not go as usual: another leader, another coordinator, a lost connection.
// Nothing is lost by it: whoever asked begins again at the last commit, or lets librdkafka do the same.

package import KappaCore

/// Why something could not be read or written.
package struct ConnectionFailure: Failure {
    /// `unreachable` for a lost connection, which may be made again.
    package var kind: FailureKind
    package var message: String

    init(_ message: String, kind: FailureKind = .failed) {
        self.kind = kind
        self.message = message
    }
}
