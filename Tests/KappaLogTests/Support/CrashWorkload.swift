import KappaCore

import KappaRecords
@testable import KappaLog

/// A life of a log, drawn from a seed: appends, syncs, transactions, deletions, retention, checkpoints, reopenings; and
/// beside it, in memory, what must be found after a crash.
final class CrashWorkload {
    static let directory = "/data/topic-0"

    let seed: UInt64
    var disk = SimulatedDisk()
    var acknowledgesEarly = false
    private var random: SeededRandom
    private var log: PartitionLog?
    /// The value of each offset that was ever appended.
    private(set) var appended: [String] = []
    /// Everything below this was acknowledged.
    private(set) var acknowledged: Int64 = 0
    /// A deletion that returned, and one that may have been under way.
    private(set) var deleted: Int64 = 0
    private(set) var deleting: Int64 = 0
    private var sequences: [Int64: Int32] = [:]

    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed &* 7919 &+ 1)
    }

    static var configuration: LogConfiguration {
        var configuration = LogConfiguration()
        configuration.segmentBytes = 700
        configuration.indexIntervalBytes = 100
        configuration.checkpointBytes = 900
        configuration.retentionMilliseconds = nil
        configuration.retentionBytes = 1500
        return configuration
    }

    static func open(_ disk: SimulatedDisk) throws(LogError) -> PartitionLog {
        try PartitionLog.open(
            directory: directory, configuration: configuration, storage: disk, now: Timestamp(milliseconds: 0))
    }

    /// Runs until the end or until the power goes.
    func run() throws {
        do {
            log = try CrashWorkload.open(disk)
            for _ in 0..<40 { try step() }
        } catch {
            guard error == SimulatedDisk.powerOff, disk.isOff else { throw error }
        }
    }

    private func step() throws(LogError) {
        guard let log else { return }
        switch Int.random(in: 0..<20, using: &random) {
        case 0..<11: try append(to: log)
        case 11..<16: try sync(log, checkpoint: false)
        case 16: try sync(log, checkpoint: true)
        case 17: try delete(from: log)
        case 18:
            deleting = max(deleting, log.syncedOffset)
            try log.retain(now: Timestamp(milliseconds: 0))
            deleted = log.startOffset
            deleting = deleted
        default:
            try log.close()
            acknowledged = log.endOffset
            self.log = try CrashWorkload.open(disk)
        }
    }

    private func append(to log: PartitionLog) throws(LogError) {
        let producer = Int64.random(in: 0..<4, using: &random)
        if log.producers.isTransactionOpen(producerId: producer), Bool.random(using: &random) {
            let marker = (Bool.random(using: &random) ? TransactionMarker.commit : .abort).batch(
                producerId: producer, producerEpoch: 0, coordinatorEpoch: 0, timestamp: 1)
            appended.append("marker")
            return try put(marker, to: log)
        }
        let count = Int.random(in: 1...3, using: &random)
        let value = "v\(appended.count)-" + String(repeating: "x", count: Int.random(in: 0..<40, using: &random))
        let sequence = sequences[producer] ?? 0
        let batch = Batches.produced(
            by: producer, sequence: sequence, transactional: producer > 1, count: count, value: value)
        sequences[producer] = sequence + Int32(count)
        for _ in 0..<count { appended.append(value) }
        try put(batch, to: log)
    }

    private func put(_ batch: [UInt8], to log: PartitionLog) throws(LogError) {
        do {
            _ = try log.append(own: batch, now: Timestamp(milliseconds: 1))
        } catch {
            guard case .failed(let failure) = error else { throw LogError(.damaged, "\(error)") }
            throw failure
        }
        if acknowledgesEarly { acknowledged = log.endOffset }
    }

    private func sync(_ log: PartitionLog, checkpoint: Bool) throws(LogError) {
        guard let ticket = log.pendingSync(checkpoint: checkpoint) else {
            if let failure = log.failure { throw failure }
            return
        }
        let result = ticket.run()
        if case .success = result { acknowledged = max(acknowledged, ticket.target) }
        try log.finishSync(ticket, result)
    }

    private func delete(from log: PartitionLog) throws(LogError) {
        let offset = Int64.random(in: log.startOffset...log.syncedOffset, using: &random)
        deleting = max(deleting, offset)
        try log.deleteRecords(before: offset)
        deleted = max(deleted, offset)
        deleting = deleted
    }

    /// Plays one crash, a crash during the recovery from it, and the recovery from that; what is wrong, in words.
    static func faultsAfterPowerOff(
        at call: Int, seed: UInt64, spoil: (CrashWorkload) -> Void = { _ in }
    ) throws -> [String] {
        let life = CrashWorkload(seed: seed)
        spoil(life)
        life.disk.powerOffAt = call
        do {
            try life.run()
        } catch {
            return ["the workload failed before the power went: \(error)"]
        }
        var random = SeededRandom(seed: seed ^ UInt64(call) << 20)
        if call % 4 == 0 {
            // A killed process first: what its successor serves must be durable, though nobody synced it before.
            guard let log = try? CrashWorkload.open(life.disk.outlivingItsProcess()) else {
                return ["it does not open after the process was killed"]
            }
            life.acknowledged = max(life.acknowledged, log.syncedOffset)
            guard let disk = log.storage as? SimulatedDisk else { return [] }
            return life.faults(in: disk.restarted(&random))
        }
        let found = life.disk.restarted(&random)
        found.powerOffAt = Int.random(in: 1...12, using: &random)
        _ = try? CrashWorkload.open(found)
        return life.faults(in: found.restarted(&random))
    }

    private func faults(in disk: SimulatedDisk) -> [String] {
        let log: PartitionLog
        do {
            log = try CrashWorkload.open(disk)
        } catch {
            return ["it does not open: \(error)"]
        }
        var faults: [String] = []
        if log.endOffset < acknowledged { faults.append("ends at \(log.endOffset), acknowledged \(acknowledged)") }
        if log.endOffset > Int64(appended.count) { faults.append("ends at \(log.endOffset), which never was") }
        if log.startOffset < deleted { faults.append("starts at \(log.startOffset), deleted before \(deleted)") }
        if log.startOffset > max(deleted, deleting) { faults.append("starts at \(log.startOffset), too far") }
        return faults + wrongRecords(in: log) + wrongProducers(in: log) + wrongLater(log, disk)
    }

    private func wrongRecords(in log: PartitionLog) -> [String] {
        var faults: [String] = []
        var next = log.startOffset
        do {
            try Batches.read(log) { batch in
                if batch.baseOffset > next { faults.append("offset \(next) is missing") }
                next = batch.nextOffset
                guard !batch.isControl else { return }
                try? batch.forEachRecord { record in
                    let value = record.value.map { String(decoding: $0, as: UTF8.self) }
                    if value != self.appended[Int(record.offset)] {
                        faults.append("offset \(record.offset): \(value ?? "")")
                    }
                }
            }
        } catch {
            faults.append("it cannot be read: \(error)")
        }
        if next != log.endOffset { faults.append("reads to \(next) of \(log.endOffset)") }
        return faults
    }

    /// The producers must be what the batches of the log, taken one by one from its first offset, make of them.
    private func wrongProducers(in log: PartitionLog) -> [String] {
        for (producer, state) in log.producers.producers {
            var expected: Int32 = 0
            var seen = false
            try? Batches.read(log) { batch in
                guard batch.producerId == producer, !batch.isControl else { return }
                expected = batch.baseSequence + batch.lastOffsetDelta
                seen = true
            }
            if seen, state.batches.last?.lastSequence != expected {
                return ["producer \(producer) is at \(state.batches.last?.lastSequence ?? -1), not \(expected)"]
            }
        }
        var missing: [String] = []
        try? Batches.read(log) { batch in
            if log.producers.producers[batch.producerId] == nil {
                missing.append("producer \(batch.producerId) forgotten")
            }
        }
        return missing
    }

    /// A log that came back takes records again and keeps them.
    private func wrongLater(_ log: PartitionLog, _ disk: SimulatedDisk) -> [String] {
        let end = log.endOffset
        do {
            _ = try log.append(own: Batches.plain(["k": "after"]), now: Timestamp(milliseconds: 2))
            try sync(log, checkpoint: false)
            var random = SeededRandom(seed: seed)
            let again = try CrashWorkload.open(disk.restarted(&random))
            return again.endOffset == end + 1 ? [] : ["an append after recovery is lost"]
        } catch {
            return ["after recovery: \(error)"]
        }
    }
}
