import KappaCore

import KappaRecords
@testable import KappaLog

/// A life of a compacted log, drawn from a seed, and the latest values that must come out of it.
final class CompactionWorkload {
    let disk = SimulatedDisk()
    private(set) var rounds = 0
    private var random: SeededRandom
    /// What stands at each offset; the value of a tombstone is nil.
    private enum Entry {
        case record(key: String, value: String?, transaction: Int?)
        case marker(transaction: Int, TransactionMarker)
    }

    private var appended: [Entry] = []
    /// The number of the transaction that each producer has open.
    private var open: [Int64: Int] = [:]
    private var transactions = 0
    private var sequences: [Int64: Int32] = [:]
    private var acknowledged: Int64 = 0

    init(seed: UInt64) { random = SeededRandom(seed: seed &* 31 &+ 5) }

    static func open(_ disk: SimulatedDisk) throws(LogError) -> PartitionLog {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 400
        configuration.indexIntervalBytes = 100
        configuration.cleanupPolicy = .compact
        configuration.deleteRetentionMilliseconds = 5
        configuration.minCleanableRatio = 0
        return try PartitionLog.open(
            directory: "/data/latest-0", configuration: configuration, storage: disk, now: Timestamp(milliseconds: 0))
    }

    func run() throws {
        do {
            let log = try CompactionWorkload.open(disk)
            for step in 0..<100 { try advance(log, step) }
        } catch {
            guard error == SimulatedDisk.powerOff, disk.isOff else { throw error }
        }
    }

    private func advance(_ log: PartitionLog, _ step: Int) throws(LogError) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6: try append(to: log)
        case 6..<9:
            if let ticket = log.pendingSync() {
                let result = ticket.run()
                if case .success = result { acknowledged = ticket.target }
                try log.finishSync(ticket, result)
            } else if let failure = log.failure {
                throw failure
            }
        default:
            let before = log.sizeInBytes
            try log.compact(now: Timestamp(milliseconds: Int64(step)))
            if log.sizeInBytes < before { rounds += 1 }
        }
    }

    private func append(to log: PartitionLog) throws(LogError) {
        let key = "k\(Int.random(in: 0..<6, using: &random))"
        let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "v\(appended.count)"
        let producer = Int64.random(in: 0..<3, using: &random)
        guard producer > 0 else {
            appended.append(.record(key: key, value: value, transaction: nil))
            return try put(Batches.plain([key: value], timestamp: 1), to: log)
        }
        if let transaction = open[producer], Int.random(in: 0..<3, using: &random) > 0 {
            let marker = Bool.random(using: &random) ? TransactionMarker.commit : .abort
            appended.append(.marker(transaction: transaction, marker))
            open[producer] = nil
            return try put(
                marker.batch(producerId: producer, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1), to: log)
        }
        if open[producer] == nil {
            transactions += 1
            open[producer] = transactions
        }
        var builder = RecordBatchBuilder()
        builder.producerId = producer
        builder.producerEpoch = 0
        builder.baseSequence = sequences[producer, default: 0]
        builder.attributes = [.transactional]
        builder.append(timestamp: 1, key: Array(key.utf8), value: value.map { Array($0.utf8) })
        sequences[producer, default: 0] += 1
        appended.append(.record(key: key, value: value, transaction: open[producer]))
        try put(builder.build(), to: log)
    }

    private func put(_ batch: [UInt8], to log: PartitionLog) throws(LogError) {
        do {
            _ = try log.append(own: batch, now: Timestamp(milliseconds: 1))
        } catch {
            guard case .failed(let failure) = error else { throw LogError(.damaged, "\(error)") }
            throw failure
        }
    }

    static func faultAfterPowerOff(at call: Int, seed: UInt64) throws -> String? {
        let life = CompactionWorkload(seed: seed)
        life.disk.powerOffAt = call
        try life.run()
        var random = SeededRandom(seed: seed ^ UInt64(call) << 17)
        let found = call % 5 == 0 ? life.disk.outlivingItsProcess() : life.disk.restarted(&random)
        found.powerOffAt = Int.random(in: 1...10, using: &random)
        _ = try? open(found)
        return life.fault(in: found.restarted(&random))
    }

    private func fault(in disk: SimulatedDisk) -> String? {
        do {
            let log = try CompactionWorkload.open(disk)
            guard log.endOffset >= acknowledged else { return "ends at \(log.endOffset), not \(acknowledged)" }
            let stable = log.lastStableOffset(visible: log.endOffset)
            let expected = expected(upTo: Int(log.endOffset))
            guard stable == expected.stable else { return "stable to \(stable), not \(expected.stable)" }
            let latest = try committed(log, upTo: stable)
            return latest == expected.latest ? nil : "found \(latest), expected \(expected.latest)"
        } catch {
            return "\(error)"
        }
    }

    /// The latest values as a reader of committed records sees them.
    private func committed(_ log: PartitionLog, upTo stable: Int64) throws -> [String: String] {
        let aborted = log.abortedTransactions(overlapping: 0..<stable)
        var latest: [String: String] = [:]
        try Batches.read(log, upTo: stable) { batch in
            let isAborted = aborted.contains {
                $0.producerId == batch.producerId && batch.baseOffset >= $0.firstOffset
                    && batch.baseOffset < $0.lastOffset
            }
            guard !batch.isControl, !(batch.isTransactional && isAborted) else { return }
            try? batch.forEachRecord { record in
                let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
                latest[key] = record.value.map { String(decoding: $0, as: UTF8.self) }
            }
        }
        return latest
    }

    /// The same, by the plain rules, from what was appended below `end`.
    private func expected(upTo end: Int) -> (stable: Int64, latest: [String: String]) {
        var outcomes: [Int: TransactionMarker] = [:]
        for case .marker(let transaction, let marker) in appended.prefix(end) { outcomes[transaction] = marker }
        var latest: [String: String] = [:]
        for (offset, entry) in appended.prefix(end).enumerated() {
            guard case .record(let key, let value, let transaction) = entry else { continue }
            if let transaction {
                guard let outcome = outcomes[transaction] else { return (Int64(offset), latest) }
                guard outcome == .commit else { continue }
            }
            latest[key] = value
        }
        return (Int64(end), latest)
    }
}

extension CompactionPlan {
    func holding(maxKeys: Int) -> CompactionPlan {
        var plan = self
        plan.maxKeys = maxKeys
        return plan
    }
}
