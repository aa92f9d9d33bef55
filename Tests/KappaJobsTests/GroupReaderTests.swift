import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaJobs

/// Members that come and go while records do, under both ways of sharing out.
@Suite(.timeLimit(.minutes(5))) struct GroupReaderTests {
    static let strategies = ["range", "roundrobin", "cooperative-sticky"]

    /// A place in the log for each partition, which passes from one member to the next.
    private final class Places {
        var next: [TopicPartition: Int64] = [:]
        /// Who holds a partition just now.
        var owners: [TopicPartition: Int] = [:]
        var heard = 0
        var faults: [String] = []
    }

    private func member(
        _ number: Int, _ scene: JobScene, _ strategy: String, _ places: Places
    ) throws -> GroupReader {
        let kafka = scene.kafka.defaulting([
            ("partition.assignment.strategy", strategy), ("session.timeout.ms", "30000"),
            ("heartbeat.interval.ms", "200"),
            ("fetch.wait.max.ms", "10"),
        ])
        let reader = try GroupReader(kafka, group: "members") { given in
            for at in given {
                if let other = places.owners[at] { places.faults.append("\(at) given to \(number), held by \(other)") }
                places.owners[at] = number
            }
            return given.map { PartitionOffset($0, places.next[$0] ?? 0) }
        } release: { taken, isLost in
            if isLost { places.faults.append("\(number) lost \(taken)") }
            for at in taken {
                if places.owners[at] != number { places.faults.append("\(at) taken from \(number), not its own") }
                places.owners[at] = nil
            }
        }
        try reader.join(["log"])
        return reader
    }

    private func poll(_ reader: GroupReader, _ places: Places) throws {
        try reader.poll(timeout: .milliseconds(5)) { event in
            guard case .record(let message) = event else { return }
            let at = TopicPartition(message.topic, message.partition)
            guard reader.held.contains(at) else { return }
            // The log has no holes, so each record is the next one, whoever hears it.
            if message.offset == places.next[at] ?? 0 {
                places.heard += 1
            } else {
                places.faults.append("\(at) at \(message.offset) instead of \(places.next[at] ?? 0)")
            }
            places.next[at] = message.offset + 1
        }
    }

    @Test(arguments: strategies)
    func eachRecordIsHeardOnceByWhoeverHoldsItsPartition(_ strategy: String) async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 7)
        let writer = try JobScene.Writer(scene.kafka, topic: "log")
        let places = Places()
        var members: [Int: GroupReader] = [:]
        var written = 0
        // Who is there, round after round: everyone comes late and leaves early once.
        for (round, present) in [[0], [0, 1], [0, 1, 2], [1, 2], [1, 2, 3], [3], [3, 4, 5], [5]].enumerated() {
            for number in members.keys where !present.contains(number) {
                members.removeValue(forKey: number)?.leave()
            }
            for number in present where members[number] == nil {
                members[number] = try member(number, scene, strategy, places)
            }
            for number in 0..<2000 { try writer.put("\(round)-\(number)", partition: Int32(number % 7)) }
            written += 2000
            try writer.flush()
            try await JobScene.wait("round \(round): \(places.heard) of \(written)") {
                for reader in members.values { try poll(reader, places) }
                let isShared = Set(places.owners.values) == Set(present) && places.owners.count == 7
                return isShared && places.heard >= written || !places.faults.isEmpty
            }
            #expect(places.faults == [])
        }
        #expect(places.heard == written)
        for reader in members.values { reader.leave() }
        #expect(places.owners.isEmpty)
    }

    @Test func whatGoesWrongWithAPartitionIsThrownByThePoll() async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 2)
        let reader = try GroupReader(scene.kafka, group: "wrong") { given in
            throw JobFailure("cannot begin in \(given.count)")
        } release: { _, _ in
        }
        try reader.join(["log"])
        let failure = await #expect(throws: JobFailure.self) {
            try await JobScene.wait("the failure") {
                try reader.poll(timeout: .milliseconds(20)) { _ in }
                return false
            }
        }
        #expect(failure?.message == "cannot begin in 2")
        #expect(reader.held.isEmpty)
        // It stays, until somebody makes another reader.
        #expect(throws: JobFailure.self) { try reader.poll(timeout: .zero) { _ in } }
        reader.leave()
    }

    @Test func withoutAGroupItReadsWhatItIsTold() async throws {
        let scene = try JobScene()
        try scene.create("log", partitions: 2)
        try scene.produce(["a", "b", "c"], to: "log", partition: 0)
        try scene.produce(["x"], to: "log", partition: 1)
        let reader = try GroupReader(scene.kafka, group: nil) { given in
            given.map { PartitionOffset($0, $0.partition == 0 ? 1 : 0) }
        } release: { _, _ in
        }
        try reader.take([TopicPartition("log", 0), TopicPartition("log", 1)])
        #expect(reader.isSettled && reader.held.count == 2)
        var heard: Set<String> = []
        func listen(for count: Int) async throws {
            heard = []
            try await JobScene.wait("\(count) records") {
                try reader.poll(timeout: .milliseconds(20)) { event in
                    if case .record(let message) = event {
                        heard.insert(String(decoding: message.value!, as: UTF8.self))
                    }
                }
                return heard.count >= count
            }
        }
        try await listen(for: 3)
        #expect(heard == ["b", "c", "x"])
        try reader.move(to: [PartitionOffset(TopicPartition("log", 0), 2)])
        try await listen(for: 1)
        #expect(heard == ["c"])
        reader.leave()
        #expect(reader.held.isEmpty && !reader.isSettled)
    }
}
