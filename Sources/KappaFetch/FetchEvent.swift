// The room for reading logs without a client library: plain connections, Fetch requests, record batches. It knows
// neither groups nor commits, and gives up, saying why, on all that is not a healthy reading of partitions whose
// leaders it was told; whoever asked then begins anew, or lets librdkafka do it.

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

/// Why a reading ended.
package struct FetchFailure: Failure {
    package var kind: FailureKind
    package var message: String
    /// Beginning anew with the leaders of then may help; otherwise somebody else has to read.
    package var mayPass: Bool

    init(_ message: String, kind: FailureKind = .failed, mayPass: Bool = false) {
        self.kind = kind
        self.message = message
        self.mayPass = mayPass
    }
}
