// The room for reading logs without a client library: plain connections, Fetch requests, record batches. It knows
// neither groups nor commits, and gives up, saying why, on all that is not a healthy reading of partitions whose
// leaders it was told; whoever asked then lets librdkafka read.

package import KappaCore

/// What a reading gives out. Of one partition, in the order of the log.
package enum FetchEvent {
    case block(FetchedBlock)
    /// The end of a partition as it was just then: the offset is the next one to come.
    case end(source: Int, offset: Int64)
    /// A connection was lost, and is being made again.
    case trouble(String)
    /// The reading is over.
    case failed(FetchFailure)
}

/// Why a reading ended. Nothing is lost by it: somebody else can begin where it stopped.
package struct FetchFailure: Failure {
    /// `unreachable` for a lost connection, which may be made again.
    package var kind: FailureKind
    package var message: String

    init(_ message: String, kind: FailureKind = .failed) {
        self.kind = kind
        self.message = message
    }
}
