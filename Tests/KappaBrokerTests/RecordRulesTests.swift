import KappaBroker
import KappaRecords
import KappaTestSupport
import KappaWire
import Testing

@testable import KappaLog

/// What a produced batch may hold, after Kafka's LogValidator: what the broker takes, every consumer can read.
@Suite struct RecordRulesTests {
    private let served: ServedBroker
    private let client: RawClient

    init() throws {
        served = try ServedBroker()
        client = try RawClient(port: served.broker.port)
    }

    private func make(_ name: String, _ configs: [String: String] = [:]) throws {
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = name
                    $0.numPartitions = 1
                    $0.replicationFactor = 1
                    $0.configs = configs.map { setting in
                        .init {
                            $0.name = setting.key
                            $0.value = setting.value
                        }
                    }
                }
            ]
        }
        #expect(try client.ask(request, version: 6).topics[0].errorCode == .noError)
    }

    /// A batch of keys (nil for none) and times, changed before it is sealed.
    private func batch(
        _ records: [(key: String?, time: Int64)], codec: RecordBatch.Codec = .none,
        _ change: (inout [UInt8]) -> Void = { _ in }
    ) throws -> [UInt8] {
        var builder = RecordBatchBuilder()
        for record in records {
            builder.append(timestamp: record.time, key: record.key.map { Array($0.utf8) }, value: [1, 2, 3])
        }
        let plain = builder.build()
        let packed = try plain.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            return try #require(batch.repacked(batch.payload, with: codec, .init()))
        }
        var bytes = packed
        change(&bytes)
        bytes.withUnsafeMutableBytes {
            $0.setBigEndian(Int32($0.count - RecordBatch.lengthOverhead), at: 8)
            RecordBatch.seal($0)
        }
        return bytes
    }

    private let now: Int64 = 1_650_000_000_000

    // MARK: Compressed batches are opened

    @Test(arguments: [RecordBatch.Codec.gzip, .snappy, .lz4, .zstd])
    func garbageThatCallsItselfCompressedIsRefused(_ codec: RecordBatch.Codec) throws {
        try make("t")
        let garbage = try batch([("k", now)], codec: codec) { bytes in
            for index in RecordBatch.headerSize..<bytes.count { bytes[index] = UInt8(index * 31 & 0xFF) }
        }
        let code = try client.produceAndWait("t", garbage).errorCode
        #expect(code == .corruptMessage || code == .invalidRecord)
        #expect(try client.offset(of: "t", at: -1) == 0, "nothing of it is kept")
    }

    @Test(arguments: [RecordBatch.Codec.none, .gzip, .snappy, .lz4, .zstd])
    func aCountThatTheRecordsDoNotBearOutIsRefused(_ codec: RecordBatch.Codec) throws {
        try make("t")
        let lie = try batch([("k", now)], codec: codec) { bytes in
            bytes.withUnsafeMutableBytes {
                $0.setBigEndian(Int32.max - 1, at: 23)
                $0.setBigEndian(Int32.max, at: 57)
            }
        }
        #expect(try client.produceAndWait("t", lie).errorCode == .invalidRecord)
        #expect(try client.offset(of: "t", at: -1) == 0)
    }

    /// Three headers announced in three zero bytes: an empty key and an empty value take two bytes each.
    @Test func headersThatAreNotThereAreRefused() throws {
        try make("t")
        var builder = RecordBatchBuilder()
        let zeros: [UInt8] = [0, 0, 0]
        zeros.withUnsafeBytes { headers in
            builder.append(
                Record(offset: 0, timestamp: now, key: nil, value: nil, headerCount: 3, headerBytes: headers))
        }
        #expect(try client.produceAndWait("t", builder.build()).errorCode == .invalidRecord)
    }

    /// Retention goes by the greatest time of a segment: a lie about it would keep this one and all later ones.
    @Test(arguments: [RecordBatch.Codec.none, .zstd])
    func theGreatestTimeIsThatOfTheRecords(_ codec: RecordBatch.Codec) throws {
        try make("t")
        let lie = try batch([("a", now), ("b", now + 5)], codec: codec) { bytes in
            bytes.withUnsafeMutableBytes { $0.setBigEndian(Int64.max, at: 35) }
        }
        #expect(try client.produceAndWait("t", lie).errorCode == .noError)
        let kept = try client.fetch("t", from: 0).bytes
        #expect(kept.withUnsafeBytes { $0.bigEndian(at: 35, as: Int64.self) } == now + 5)
        #expect(kept.withUnsafeBytes { RecordBatch(startOf: $0)?.isValid } == true, "the checksum was made anew")
    }

    // MARK: Single records at fault

    @Test(arguments: [RecordBatch.Codec.none, .lz4])
    func recordsWithoutAKeyAreNamedToTheProducer(_ codec: RecordBatch.Codec) throws {
        try make("kept", ["cleanup.policy": "compact"])
        let records = (0..<10).map { (key: $0 % 4 == 1 ? nil : "k\($0)", time: now) }
        let answer = try client.produceAndWait("kept", batch(records, codec: codec))
        #expect(answer.errorCode == .invalidRecord)
        #expect(answer.recordErrors.map(\.batchIndex) == [1, 5, 9])
        #expect(answer.recordErrors[0].batchIndexErrorMessage?.contains("without key") == true)
        #expect(try client.offset(of: "kept", at: -1) == 0)
    }

    @Test func timesThatTheTopicDoesNotTakeAreRefused() throws {
        let wall = Moment.now().wall
        try make("t", ["message.timestamp.before.max.ms": "60000", "message.timestamp.after.max.ms": "60000"])
        let answer = try client.produceAndWait("t", batch([("a", wall), ("b", wall - 120_000), ("c", wall + 120_000)]))
        #expect(answer.errorCode == .invalidTimestamp && answer.recordErrors.map(\.batchIndex) == [1, 2])
        #expect(try client.produceAndWait("t", batch([("a", wall), ("b", -1)])).errorCode == .noError)
    }

    /// Kafka 4's own defaults: as old as it likes, and an hour ahead at most.
    @Test func withoutSettingsAnHourAheadIsTheMost() throws {
        let wall = Moment.now().wall
        try make("t")
        #expect(try client.produceAndWait("t", batch([("a", 0)])).errorCode == .noError)
        #expect(try client.produceAndWait("t", batch([("a", wall + 3_000_000)])).errorCode == .noError)
        #expect(try client.produceAndWait("t", batch([("a", wall + 4_000_000)])).errorCode == .invalidTimestamp)
        try make("stamped", ["message.timestamp.type": "LogAppendTime"])
        #expect(try client.produceAndWait("stamped", batch([("a", wall + 4_000_000)])).errorCode == .noError)
    }

    @Test func producersDoNotStampTheTimeOfAppending() throws {
        try make("t")
        let stamped = try batch([("a", now)]) { bytes in bytes[22] |= 8 }
        #expect(try client.produceAndWait("t", stamped).errorCode == .invalidTimestamp)
    }

    /// With one replica two can never have it; with acks=1 the leader alone is asked, as in Kafka.
    @Test func moreReplicasThanThereAreTakeNothing() throws {
        try make("t", ["min.insync.replicas": "2"])
        #expect(try client.produceAndWait("t", batch([("a", now)])).errorCode == .notEnoughReplicas)
    }

    // MARK: The topic's own compression

    /// Independent readers of the result are in `ClientTests`.
    @Test(arguments: [RecordBatch.Codec.none, .gzip, .snappy, .lz4, .zstd])
    func aTopicsCompressionIsTheOneThatIsKept(_ wanted: RecordBatch.Codec) throws {
        try make("t", ["compression.type": wanted == .none ? "uncompressed" : "\(wanted)"])
        for sent in RecordBatch.Codec.allCases {
            let records = (0..<200).map { (key: String?.some("the same key \($0 % 7)"), time: now) }
            #expect(try client.produceAndWait("t", batch(records, codec: sent)).errorCode == .noError)
        }
        var offset: Int64 = 0
        for _ in RecordBatch.Codec.allCases {
            let bytes = try client.fetch("t", from: offset).bytes
            try bytes.withUnsafeBytes { raw in
                let batch = try #require(RecordBatch(startOf: raw))
                #expect(batch.isValid && batch.attributes.codec == wanted)
                var count = 0
                try batch.forEachRecord { record in
                    #expect(record.key.map { Array($0) } == Array("the same key \(count % 7)".utf8))
                    count += 1
                }
                #expect(count == 200)
                offset = batch.nextOffset
            }
        }
        #expect(offset == 1000)
    }
}
