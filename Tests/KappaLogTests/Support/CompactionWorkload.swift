import KappaCore

@testable import KappaLog

/// A life of a compacted log, drawn from a seed, and the latest values that must come out of it.
final class CompactionWorkload {
    let disk = SimulatedDisk()
    private(set) var rounds = 0
    private var random: SeededRandom
    /// Key and value of each offset; nil for a tombstone.
    private var appended: [(key: String, value: String?)] = []
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
            for step in 0..<60 { try advance(log, step) }
        } catch {
            guard error == SimulatedDisk.powerOff, disk.isOff else { throw error }
        }
    }

    private func advance(_ log: PartitionLog, _ step: Int) throws(LogError) {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<6:
            let key = "k\(Int.random(in: 0..<6, using: &random))"
            let value = Int.random(in: 0..<4, using: &random) == 0 ? nil : "v\(appended.count)"
            appended.append((key, value))
            do {
                _ = try log.append(own: Batches.plain([key: value], timestamp: 1), now: Timestamp(milliseconds: 1))
            } catch {
                if case .failed(let failure) = error { throw failure }
            }
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
            var latest: [String: String] = [:]
            try Batches.read(log) { batch in
                try? batch.forEachRecord { record in
                    let key = record.key.map { String(decoding: $0, as: UTF8.self) } ?? ""
                    latest[key] = record.value.map { String(decoding: $0, as: UTF8.self) }
                }
            }
            var expected: [String: String] = [:]
            for (key, value) in appended.prefix(Int(log.endOffset)) { expected[key] = value }
            return latest == expected ? nil : "found \(latest), expected \(expected)"
        } catch {
            return "\(error)"
        }
    }
}

extension CompactionPlan {
    func holding(maxKeys: Int) -> CompactionPlan {
        var plan = self
        plan.maxKeys = maxKeys
        return plan
    }
}
