import KappaCore
import KappaKafka
import KappaRecords
import KappaTestSupport
import Testing

@testable import KappaDirect

/// What a reading gives, beside what librdkafka gives of the same log.
@Suite(.timeLimit(.minutes(2))) struct LogReadingTests {
    private let at = TopicPartition("log", 0)

    private func read(_ broker: BrokerProcess, from offset: Int64, patience: Duration = .seconds(5)) -> LogReading {
        LogReading(
            [.init(topic: "log", partition: 0, offset: offset, leader: broker.plainAddress)], clientId: "test",
            patience: patience
        ) { _ throws(ConnectionFailure) in }
    }

    /// Reads up to an end, or throws what ended it.
    private func records(_ reading: LogReading, upTo end: Int64) throws -> [SeenRecord] {
        var seen: [SeenRecord] = []
        let deadline = ContinuousClock.now + .seconds(30)
        while ContinuousClock.now < deadline {
            switch reading.next(within: .milliseconds(100)) {
            case .block(let block):
                while let (record, _) = try block.next() {
                    var headers: [Header] = []
                    record.forEachHeader { name, value in
                        headers.append(
                            Header(name: String(decoding: name, as: UTF8.self), value: value.map(Array.init)))
                    }
                    seen.append(
                        SeenRecord(
                            offset: record.offset, timestamp: record.timestamp, key: record.key.map(Array.init),
                            value: record.value.map(Array.init), headers: headers))
                }
            case .end(_, let offset): if offset >= end { return seen }
            case .failed(let failure): throw failure
            case .trouble, nil: continue
            }
        }
        Issue.record("the end \(end) was not reached; \(seen.count) records were")
        return seen
    }

    private func produce(_ numbers: Range<Int>, to topic: ProducerTopic, of producer: Producer) throws {
        for number in numbers {
            let value = Array(String(repeating: "reading \(number) ", count: 1 + number % 40).utf8)
            let key: [UInt8]? = number % 3 == 0 ? nil : number % 3 == 1 ? [] : Array("key \(number % 7)".utf8)
            let headers = number % 5 == 0 ? [Header("unit", "kPa"), Header(name: "none", value: nil)] : []
            try value.withUnsafeBytes { value in
                try (key ?? []).withUnsafeBytes { keyBytes in
                    let isTaken = try producer.produce(
                        to: topic, partition: 0, key: key == nil ? nil : keyBytes,
                        value: number % 11 == 0 ? nil : value,
                        timestamp: Timestamp(milliseconds: 1_700_000_000_000 + Int64(number)), headers: headers)
                    #expect(isTaken)
                }
            }
        }
        #expect(producer.flush(timeout: .seconds(20)))
    }

    private func producer(_ broker: BrokerProcess, _ codec: String, id: String? = nil) throws -> Producer {
        let configuration = KafkaConfiguration(
            brokers: broker.address,
            properties: [(key: "compression.codec", value: codec), (key: "batch.size", value: "20000")])
        let producer = try Producer(configuration, transactionalId: id, bufferBytes: 16 << 20)
        if id != nil { try producer.initTransactions(timeout: .seconds(10)) }
        return producer
    }

    private func start() async throws -> BrokerProcess {
        let broker = try await BrokerProcess.start()
        let made = try await Kappa.run(["topics", "create", "log", "-b", broker.address])
        #expect(made.status == 0, "\(made.errors)")
        return broker
    }

    @Test(arguments: ["none", "gzip", "snappy", "lz4", "zstd"])
    func itGivesWhatLibrdkafkaGives(codec: String) async throws {
        let broker = try await start()
        let plain = try producer(broker, codec)
        let (kept, dropped) = (try producer(broker, codec, id: "kept"), try producer(broker, codec, id: "dropped"))
        // The transactions of the two lie over each other and over what belongs to none.
        for round in 0..<4 {
            try kept.beginTransaction()
            try dropped.beginTransaction()
            for (index, one) in [plain, kept, dropped, kept, plain, dropped].enumerated() {
                let first = round * 1200 + index * 200
                try produce(first..<first + 200, to: try one.topic("log"), of: one)
            }
            try dropped.abortTransaction(timeout: .seconds(10))
            if round == 1 { try produce(0..<50, to: try plain.topic("log"), of: plain) }
            try kept.commitTransaction(timeout: .seconds(10))
        }
        let end = try plain.client.watermarks(at).high
        for from in [0, 333, end - 250] {
            let expected = try SeenRecord.byLibrdkafka(broker, at, from: from, upTo: end)
            #expect(!expected.isEmpty)
            let reading = read(broker, from: from)
            #expect(try records(reading, upTo: end) == expected, "from \(from)")
        }
        // Four rounds of four times 200, and 50.
        #expect(try records(read(broker, from: 0), upTo: end).count == 3250)
    }

    @Test func anOpenTransactionHoldsBackWhatFollowsIt() async throws {
        let broker = try await start()
        let (plain, open) = (try producer(broker, "none"), try producer(broker, "none", id: "open"))
        try produce(0..<10, to: try plain.topic("log"), of: plain)
        try open.beginTransaction()
        try produce(10..<20, to: try open.topic("log"), of: open)
        try produce(20..<30, to: try plain.topic("log"), of: plain)
        let reading = read(broker, from: 0)
        #expect(try records(reading, upTo: 10).map(\.offset) == Array(0..<10))
        try open.commitTransaction(timeout: .seconds(10))
        // The marker has an offset too.
        #expect(try records(reading, upTo: 31).map(\.offset) == Array(10..<30))
    }

    @Test func itGoesOnWhenTheBrokerIsBack() async throws {
        let broker = try await start()
        let before = try producer(broker, "lz4")
        try produce(0..<500, to: try before.topic("log"), of: before)
        // How long a broker takes to start is the machine's affair.
        let reading = read(broker, from: 0, patience: .seconds(60))
        #expect(try records(reading, upTo: 500).map(\.offset) == Array(0..<500))
        try await broker.kill()
        let again = try await BrokerProcess.start(folder: broker.folder, port: broker.port)
        let after = try producer(again, "lz4")
        try produce(500..<900, to: try after.topic("log"), of: after)
        #expect(try records(reading, upTo: 900).map(\.offset) == Array(500..<900))
    }

    @Test func itEndsWithTheReason() async throws {
        let broker = try await start()
        do {
            _ = try records(read(broker, from: 7), upTo: 8)
            Issue.record("an offset behind the end was read")
        } catch let failure as ConnectionFailure {
            #expect(failure.kind == .failed)
            #expect(failure.message == "log[0] at 7: the broker answered OFFSET_OUT_OF_RANGE")
        }
        let port = broker.port
        try await broker.kill()
        // Nobody comes back: after its patience it gives up, naming whom it tried.
        do {
            _ = try records(read(broker, from: 0), upTo: 1)
            Issue.record("a dead broker was read")
        } catch let failure as ConnectionFailure {
            #expect(failure.kind == .unreachable)
            #expect(failure.message.hasPrefix("127.0.0.1:\(port): "))
        }
    }

    /// The thread of a full queue waits for room, and that of an empty one for the broker.
    @Test func itCanBeStoppedAtAnyTime() async throws {
        let broker = try await start()
        let plain = try producer(broker, "none")
        for first in 0..<10 { try produce(first * 2000..<(first + 1) * 2000, to: try plain.topic("log"), of: plain) }
        for _ in 0..<20 {
            let reading = read(broker, from: 0)
            while true { if case .block = reading.next(within: .milliseconds(100)) { break } }
            reading.stop()
        }
        let idle = read(broker, from: 20_000)
        _ = idle.next(within: .milliseconds(10))
        let began = ContinuousClock.now
        idle.stop()
        #expect(began.duration(to: .now) < .seconds(5))
    }
}
