import Glibc
import KappaTestSupport
import Testing

/// A range of a topic once more: nothing lost, nothing doubled, nothing changed, whatever is killed.
@Suite struct ReplayTopicTests {
    /// Every record of a topic without its topic and offset, in the order of each partition.
    static func records(_ topic: String, partitions: Int, _ broker: BrokerProcess) async throws -> [[String]] {
        var all: [[String]] = []
        for partition in 0..<partitions {
            let lines = try await Kappa.run(
                "consume", topic, "-p", "\(partition)", "-e", "--json", "-b", broker.address
            ).lines
            all.append(
                lines.map { line in
                    let start = line.firstRange(of: "\"timestamp\"")?.lowerBound ?? line.startIndex
                    return String(line[start...])
                })
        }
        return all
    }

    /// Records a millisecond-stamped step apart, over three partitions, with nulls and headers among them.
    static func lines(_ count: Int, stepMilliseconds: Int = 10) -> String {
        (0..<count).map { index in
            let value = index % 7 == 3 ? "null" : "\"{\\\"n\\\":\(index)}\""
            let key = index % 11 == 5 ? "null" : "\"k\(index % 13)\""
            let time = 1_650_000_000_000 + index * stepMilliseconds
            return """
                {"partition":\(index % 3),"timestamp":\(time),"key":\(key),"value":\(value),\
                "headers":[{"name":"a","value":"\(index)"},{"name":"a","value":null}]}
                """
        }.joined(separator: "\n") + "\n"
    }

    static func filled(_ count: Int, stepMilliseconds: Int = 10) async throws -> BrokerProcess {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "source", "-p", "3", "-b", broker.address)
        let produced = try await Kappa.run(
            "produce", "source", "--json", "-b", broker.address,
            stdin: lines(count, stepMilliseconds: stepMilliseconds))
        #expect(produced.status == 0, "\(produced.errors)")
        return broker
    }

    /// Until a reader of committed records sees the first ones.
    static func waitForRecords(_ topic: String, _ broker: BrokerProcess) async throws {
        for _ in 0..<200 {
            let found = try await Kappa.run("consume", topic, "-e", "-c", "1", "-b", broker.address)
            if !found.output.isEmpty { return }
        }
        throw ChildProcess.Trouble("'\(topic)' stayed empty")
    }

    @Test func theCopyHasTheSameRecordsAndARepetitionAddsNothing() async throws {
        let broker = try await Self.filled(2000)
        let source = try await Self.records("source", partitions: 3, broker)
        #expect(source.map(\.count).reduce(0, +) == 2000)
        for _ in 0..<2 {
            let replay = try await Kappa.run("replay", "topic", "source", "--into", "copy", "-b", broker.address)
            #expect(replay.status == 0, "\(replay.errors)")
            #expect(try await Self.records("copy", partitions: 3, broker) == source)
        }
        let again = try await Kappa.run(
            "replay", "topic", "source", "--into", "copy", "--id", "again", "-b", broker.address)
        #expect(again.status == 0)
        #expect(try await Self.records("copy", partitions: 3, broker).map(\.count) == source.map { $0.count * 2 })
    }

    @Test func aReplayKilledAgainAndAgainWritesEachRecordOnce() async throws {
        let broker = try await Self.filled(900)
        let source = try await Self.records("source", partitions: 3, broker)
        // Nine seconds of records at fourfold speed.
        let words = ["replay", "topic", "source", "--into", "copy", "--speed", "4x", "-b", broker.address]
        for _ in 0..<4 {
            let run = try Kappa.start(words, directory: broker.folder.path)
            // Long enough for some to have written, short enough for none to have finished.
            try await Task.sleep(for: .milliseconds(900))
            run.signal(SIGKILL)
            _ = try await run.finish()
        }
        let last = try await Kappa.run(words)
        #expect(last.status == 0, "\(last.errors)")
        #expect(try await Self.records("copy", partitions: 3, broker) == source)
    }

    @Test func timePassesAsFastAsItIsTold() async throws {
        let broker = try await Self.filled(300, stepMilliseconds: 100)
        // From the first record to the last one are 29.9 s, at tenfold speed 2.99 s: 2 % early at most,
        // and late by no more than a busy machine makes it.
        let replay = try await Kappa.run(
            "replay", "topic", "source", "--into", "copy", "--speed", "10x", "--json", "-b", broker.address)
        let elapsed = try #require(replay.output.firstMatch(of: /"elapsed_ms":(\d+)/).flatMap { Int($0.1) })
        #expect((2930...3250).contains(elapsed), "\(elapsed) ms")
    }

    @Test func aRangeBeginsAndEndsAtItsTimes() async throws {
        let broker = try await Self.filled(300, stepMilliseconds: 1000)
        let replay = try await Kappa.run(
            "replay", "topic", "source", "--into", "copy", "--from", "@1650000060", "--to", "@1650000120", "--where",
            "n >= 100", "-b", broker.address)
        #expect(replay.status == 0, "\(replay.errors)")
        let numbers = try await Self.records("copy", partitions: 3, broker).joined().compactMap { line in
            line.firstMatch(of: /"n\\":(\d+)/).flatMap { Int($0.1) }
        }
        #expect(numbers.sorted() == (100..<120).filter { $0 % 7 != 3 })
    }

    @Test func aSourceThatLostItsRecordsIsSaidSo() async throws {
        let broker = try await Self.filled(600)
        let words = ["replay", "topic", "source", "--into", "copy", "--speed", "1x", "-b", broker.address]
        let run = try Kappa.start(words, directory: broker.folder.path)
        try await Self.waitForRecords("copy", broker)
        run.signal(SIGINT)
        #expect(try await run.finish().status == 130)
        let purge = try await Kappa.run("topics", "purge", "source", "--before", "end", "--yes", "-b", broker.address)
        #expect(purge.status == 0, "\(purge.errors)")
        let after = try await Kappa.run(words)
        #expect(after.status == 1)
        #expect(after.errors.contains("are gone"), "\(after.errors)")
    }
}
