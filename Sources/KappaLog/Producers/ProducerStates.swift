/// What one partition knows of its producers: enough to tell a repeated batch from a new one, and which transactions
/// are open or were aborted. A pure function of the batches applied, so recovery makes it again from the log.
package struct ProducerStates: Equatable {
    package struct Producer: Equatable, Sendable {
        package var epoch: Int16
        package var coordinatorEpoch: Int32 = -1
        package var lastTimestamp: Int64 = -1
        /// When its last batch came, by the broker's clock.
        package var lastSeen: Int64 = -1
        /// The first offset of the open transaction.
        package var transactionStart: Int64?
        /// The last five batches, oldest first: as many as a client has in flight.
        package var batches: [Batch] = []
    }

    package struct Batch: Equatable, Sendable {
        package var firstSequence: Int32
        package var lastSequence: Int32
        package var baseOffset: Int64
        package var lastOffset: Int64
        package var timestamp: Int64
    }

    package struct AbortedTransaction: Equatable, Sendable {
        package var producerId: Int64
        package var firstOffset: Int64
        /// The offset of the abort marker.
        package var lastOffset: Int64
    }

    /// A finished transaction whose marker may not be visible yet; until it is, its records stay undecided.
    struct Ending: Equatable {
        var firstOffset: Int64
        var markerOffset: Int64
    }

    static let rememberedBatches = 5

    package internal(set) var producers: [Int64: Producer] = [:]
    /// In the order of their markers.
    package internal(set) var aborted: [AbortedTransaction] = []
    /// First offsets of the open transactions, ascending.
    var openStarts: [Int64] = []
    var endings: [Ending] = []

    package init() {}

    package func isTransactionOpen(producerId: Int64) -> Bool {
        producers[producerId]?.transactionStart != nil
    }

    /// The offset below which every transaction is decided and its marker visible; nil where all of them are.
    mutating func firstUndecided(visible: Int64) -> Int64? {
        endings.removeAll { $0.markerOffset < visible }
        let ending = endings.lazy.map(\.firstOffset).min()
        guard let open = openStarts.first else { return ending }
        return min(open, ending ?? open)
    }

    /// The aborted transactions with any record in `range`.
    package func aborted(overlapping range: Range<Int64>) -> [AbortedTransaction] {
        var low = 0
        var high = aborted.count
        while low < high {
            let middle = (low + high) / 2
            if aborted[middle].lastOffset < range.lowerBound { low = middle + 1 } else { high = middle }
        }
        return aborted[low...].filter { $0.firstOffset < range.upperBound }
    }
}
