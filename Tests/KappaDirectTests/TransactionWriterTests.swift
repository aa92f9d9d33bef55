import Glibc
import KappaCore
import KappaKafka
import KappaTestSupport
import Testing

@testable import KappaDirect

/// What a writer's transactions leave, as librdkafka sees it.
@Suite(.timeLimit(.minutes(2))) struct TransactionWriterTests {
    private func start(partitions: Int = 1) async throws -> BrokerProcess {
        let broker = try await BrokerProcess.start()
        let made = try await Kappa.run([
            "topics", "create", "log", "--partitions", "\(partitions)", "-b", broker.address,
        ])
        #expect(made.status == 0, "\(made.errors)")
        return broker
    }

    private func writer(
        _ broker: BrokerProcess, partitions: Int = 1, _ name: String = "writer"
    ) throws -> TransactionWriter {
        let settings = TransactionSettings(
            transactionalId: name, clientId: "test", timeout: .seconds(10), patience: .seconds(10))
        let writer = try TransactionWriter(settings, brokers: [broker.plainAddress])
        let leaders = Array(repeating: broker.plainAddress, count: partitions)
        #expect(writer.add(.init(name: "log", leaders: leaders)) == 0)
        return writer
    }

    private func write(
        _ record: SeenRecord, by writer: TransactionWriter, partition: Int32 = 0
    ) throws(ConnectionFailure) {
        var key = record.key ?? []
        var value = record.value ?? []
        let failure = key.withUnsafeMutableBytes { key in
            value.withUnsafeMutableBytes { value -> ConnectionFailure? in
                do throws(ConnectionFailure) {
                    try writer.write(
                        to: 0, partition: partition, key: record.key == nil ? nil : UnsafeRawBufferPointer(key),
                        value: record.value == nil ? nil : UnsafeRawBufferPointer(value),
                        timestamp: Timestamp(milliseconds: record.timestamp),
                        headers: record.headers.map { (name: $0.name, value: $0.value) })
                    return nil
                } catch {
                    return error
                }
            }
        }
        if let failure { throw failure }
    }

    /// Null and empty keys and values, headers, times that go back, and values of all sizes; every 50th does not
    /// compress.
    private func record(_ number: Int) -> SeenRecord {
        var state = UInt64(number)
        let noise = (0..<(number % 50 == 7 ? 40_000 : 0)).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let text = Array(String(repeating: "reading \(number) ", count: number % 40).utf8)
        return SeenRecord(
            offset: 0, timestamp: 1_700_000_000_000 + Int64((number * 7919) % 1000),
            key: number % 3 == 0 ? nil : number % 3 == 1 ? [] : Array("key \(number % 7)".utf8),
            value: number % 11 == 0 ? nil : noise.isEmpty ? text : noise,
            headers: number % 5 == 0
                ? [Header("unit", "kPa"), Header(name: "none", value: nil), Header(name: "", value: [])] : [])
    }

    private func numbered(_ records: [SeenRecord], from first: Int64) -> [SeenRecord] {
        records.enumerated().map { place, record in
            var record = record
            record.offset = first + Int64(place)
            return record
        }
    }

    @Test func whatIsWrittenIsReadAsItIs() async throws {
        let broker = try await start(partitions: 2)
        let writer = try writer(broker, partitions: 2)
        var expected: [[SeenRecord]] = [[], []]
        for transaction in 0..<3 {
            for number in 0..<4000 {
                let partition = number % 3 == 0 ? 1 : 0
                let record = record(transaction * 4000 + number)
                expected[partition].append(record)
                try write(record, by: writer, partition: Int32(partition))
            }
            try writer.flush()
            try writer.commit()
            // The marker at a transaction's end has an offset too; a record that nobody wrote stands for it.
            for partition in 0..<2 { expected[partition].append(marker) }
        }
        for partition in 0..<2 {
            let all = numbered(expected[partition], from: 0)
            let seen = try SeenRecord.byLibrdkafka(
                broker, TopicPartition("log", Int32(partition)), from: 0, upTo: Int64(all.count))
            #expect(seen == all.filter { $0.timestamp != marker.timestamp })
        }
    }

    @Test func aTopicThatIsAddedTwiceIsOne() async throws {
        let broker = try await start()
        let writer = try writer(broker)
        #expect(writer.add(.init(name: "log", leaders: [broker.plainAddress])) == 0)
    }

    /// More partitions than can gather a whole batch each.
    @Test func manyPartitionsShareTheMemory() async throws {
        let broker = try await start(partitions: 60)
        let writer = try writer(broker, partitions: 60)
        let value = Array(repeating: UInt8(ascii: "x"), count: 10_000)
        for number in 0..<1200 {
            let record = SeenRecord(offset: 0, timestamp: Int64(number), key: nil, value: value, headers: [])
            try write(record, by: writer, partition: Int32(number % 60))
        }
        try writer.flush()
        try writer.commit()
        for partition in [0, 31, 59] {
            let seen = try SeenRecord.byLibrdkafka(
                broker, TopicPartition("log", Int32(partition)), from: 0, upTo: 21)
            #expect(seen.map(\.timestamp) == (0..<20).map { Int64($0 * 60 + partition) })
        }
    }

    private let marker = SeenRecord(offset: 0, timestamp: -1, key: nil, value: nil, headers: [])

    /// A batch that LZ4 makes larger goes as it is, and one record may be larger than a batch is meant to be.
    @Test func aRecordLargerThanABatchIsWritten() async throws {
        let broker = try await start()
        let writer = try writer(broker)
        var state: UInt64 = 1
        let noise = (0..<700_000).map { _ -> UInt8 in
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return UInt8(truncatingIfNeeded: state >> 56)
        }
        let large = SeenRecord(offset: 1, timestamp: 2, key: nil, value: noise, headers: [])
        let small = SeenRecord(offset: 0, timestamp: 1, key: nil, value: [1], headers: [])
        try write(small, by: writer)
        try write(large, by: writer)
        try writer.flush()
        try writer.commit()
        let seen = try SeenRecord.byLibrdkafka(broker, TopicPartition("log", 0), from: 0, upTo: 3)
        #expect(seen == [small, large])
    }

    @Test func whatWasNotCommittedIsNeverSeen() async throws {
        let broker = try await start()
        let first = try writer(broker)
        for number in 0..<100 { try write(record(number), by: first) }
        try first.flush()
        first.stop()
        // Its successor ends what it left.
        let second = try writer(broker)
        for number in 100..<200 { try write(record(number), by: second) }
        try second.flush()
        try second.commit()
        let seen = try SeenRecord.byLibrdkafka(broker, TopicPartition("log", 0), from: 0, upTo: 202)
        #expect(seen == numbered((100..<200).map(record), from: 101))
    }

    @Test func anOlderWriterOfTheNameIsShutOut() async throws {
        let broker = try await start()
        let older = try writer(broker)
        try write(record(1), by: older)
        try older.flush()
        let newer = try writer(broker)
        // What it still sends is refused, and so is the end of its transaction.
        try write(record(2), by: older)
        #expect { try older.flush() } throws: { ($0 as? ConnectionFailure)?.message.contains("PRODUCER") == true }
        #expect { try older.commit() } throws: { ($0 as? ConnectionFailure)?.message.contains("PRODUCER") == true }
        try write(record(3), by: newer)
        try newer.flush()
        try newer.commit()
        let seen = try SeenRecord.byLibrdkafka(broker, TopicPartition("log", 0), from: 0, upTo: 4)
        #expect(seen == numbered([record(3)], from: 2))
    }

    /// One member of a group, with its place there as librdkafka knows it.
    private func member(_ broker: BrokerProcess, instance: String? = nil) throws -> (Consumer, GroupPlace) {
        let properties = instance.map { [(key: "group.instance.id", value: $0)] } ?? []
        let consumer = try Consumer(
            KafkaConfiguration(brokers: broker.address, properties: properties), group: "readers")
        try consumer.subscribe(to: ["log"])
        let deadline = ContinuousClock.now + .seconds(30)
        while consumer.assignment.isEmpty, ContinuousClock.now < deadline {
            try consumer.poll(timeout: .milliseconds(50)) { _ in }
        }
        let known = consumer.groupMetadata.member
        let found = try #require(known)
        return (
            consumer,
            GroupPlace(group: "readers", generation: found.generation, member: found.id, instance: found.instance)
        )
    }

    @Test(arguments: [nil, "the one"]) func placesAreCommittedWithTheRecords(instance: String?) async throws {
        let broker = try await start()
        let (consumer, place) = try member(broker, instance: instance)
        defer { consumer.close() }
        // Another way to the same names.
        let admin = try KafkaClient(KafkaConfiguration(brokers: broker.address))
        let described = try #require(try admin.describeGroups(["readers"]).first?.members.first)
        #expect(place.member == described.id && place.instance == instance)
        #expect(described.instanceId == instance)

        let writer = try writer(broker)
        try write(record(1), by: writer)
        try writer.flush()
        let at = TopicPartition("log", 0)
        try writer.send([CommittedPlace(topic: "log", partition: 0, offset: 7, metadata: "é")], of: place)
        try writer.commit()
        let committed = try consumer.committed([at])
        #expect(committed.map(\.offset) == [7] && committed.map(\.metadata) == ["é"])

        // A member that the group does not know (any more) is a zombie.
        try write(record(2), by: writer)
        try writer.flush()
        var late = place
        late.generation += 1
        let places = [CommittedPlace(topic: "log", partition: 0, offset: 9, metadata: "")]
        #expect { try writer.send(places, of: late) } throws: {
            ($0 as? ConnectionFailure)?.message == "the transaction 'writer', sending offsets: ILLEGAL_GENERATION"
        }
        var strange = place
        (strange.member, strange.instance) = ("nobody", nil)
        #expect { try writer.send(places, of: strange) } throws: {
            ($0 as? ConnectionFailure)?.message == "the transaction 'writer', sending offsets: UNKNOWN_MEMBER_ID"
        }
        // Places that were sent and not committed go the way of the records.
        try writer.send(places, of: place)
        writer.stop()
        _ = try self.writer(broker)
        #expect(try consumer.committed([at]).map(\.offset) == [7])
    }

    @Test func aRefusalNamesThePartitionAndTheReason() async throws {
        let broker = try await start()
        let altered = try await Kappa.run([
            "topics", "alter", "log", "--config", "max.message.bytes=1000", "-b", broker.address,
        ])
        #expect(altered.status == 0, "\(altered.errors)")
        let writer = try writer(broker)
        try write(record(57), by: writer)
        #expect { try writer.flush() } throws: {
            ($0 as? ConnectionFailure)?.message.hasPrefix("log[0]: the broker answered MESSAGE_TOO_LARGE") == true
        }
        // It says so again whenever it is asked.
        #expect(throws: ConnectionFailure.self) { try writer.check() }
    }

    @Test func aLostBrokerIsNamedAndTheNextWriterGoesOn() async throws {
        let broker = try await start()
        let first = try writer(broker)
        try write(record(1), by: first)
        try first.flush()
        try await broker.kill()
        let again = try await BrokerProcess.start(folder: broker.folder, port: broker.port)
        #expect {
            try self.write(self.record(2), by: first)
            try first.flush()
            try first.commit()
        } throws: {
            guard let failure = $0 as? ConnectionFailure else { return false }
            return failure.kind == .unreachable && failure.message.hasPrefix("127.0.0.1:\(broker.port): ")
        }
        let second = try writer(again)
        try write(record(3), by: second)
        try second.flush()
        try second.commit()
        let seen = try SeenRecord.byLibrdkafka(again, TopicPartition("log", 0), from: 0, upTo: 4)
        #expect(seen.map(\.value) == [record(3).value])
    }

    /// With what waits for room, and with what waits for a broker that says nothing.
    @Test func itCanBeStoppedAtAnyTime() async throws {
        let broker = try await start()
        for round in 0..<20 {
            let writer = try writer(broker, "writer \(round)")
            for number in 0..<500 * round { try write(record(number), by: writer) }
            writer.stop()
        }
        let stuck = try writer(broker)
        try write(record(57), by: stuck)
        broker.child.signal(SIGSTOP)
        defer { broker.child.signal(SIGCONT) }
        let began = ContinuousClock.now
        stuck.stop()
        #expect(began.duration(to: .now) < .seconds(5))
    }
}
