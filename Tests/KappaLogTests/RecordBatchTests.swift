import KappaRecords
import Testing

@testable import KappaLog

@Suite struct RecordBatchTests {
    @Test func theHeaderOfAnotherImplementationsBatchIsRead() throws {
        let bytes = Fixtures.bytes(Fixtures.plain)
        try bytes.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            try batch.validate()
            #expect(batch.baseOffset == 0 && batch.lastOffset == 3 && batch.nextOffset == 4)
            #expect(batch.size == bytes.count)
            #expect(batch.magic == 2)
            #expect(batch.producerId == 4711 && batch.producerEpoch == 3 && batch.baseSequence == 7)
            #expect(batch.recordCount == 4 && batch.lastOffsetDelta == 3)
            #expect(batch.baseTimestamp == 1_700_000_000_000 && batch.maxTimestamp == 1_700_000_003_000)
            #expect(batch.isTransactional && !batch.isControl)
            #expect(batch.attributes.codec == RecordBatch.Codec.none)
        }
    }

    @Test(arguments: [Fixtures.plain, Fixtures.gzip, Fixtures.snappyFramed, Fixtures.lz4])
    func theRecordsOfAnotherImplementationsBatchAreRead(hex: String) throws {
        let bytes = Fixtures.bytes(hex)
        try bytes.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            try batch.validate()
            var index = 0
            try batch.forEachRecord { record in
                let expected = Fixtures.expected[index]
                #expect(record.offset == expected.offset && record.timestamp == expected.timestamp)
                #expect(record.key.map { String(decoding: $0, as: UTF8.self) } == expected.key)
                #expect(record.value.map { String(decoding: $0, as: UTF8.self) } == expected.value)
                #expect(record.headerCount == (index == 1 ? 2 : 0))
                var headers: [String] = []
                record.forEachHeader { key, value in
                    let text = value.map { String(decoding: $0, as: UTF8.self) } ?? "null"
                    headers.append(String(decoding: key, as: UTF8.self) + "=" + text)
                }
                #expect(headers == (index == 1 ? ["unit=m", "none=null"] : []))
                index += 1
            }
            #expect(index == 4)
        }
    }

    @Test func theBuilderMakesTheSameBytesAsAnotherImplementation() throws {
        let bytes = Fixtures.bytes(Fixtures.plain)
        try bytes.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            var builder = RecordBatchBuilder()
            builder.attributes = [.transactional]
            builder.producerId = 4711
            builder.producerEpoch = 3
            builder.baseSequence = 7
            builder.leaderEpoch = batch.leaderEpoch
            try batch.forEachRecord { builder.append($0) }
            #expect(builder.build() == bytes)
        }
    }

    /// Packed batches of one builder, one after the other: the second has nothing of the first.
    @Test func aPackedBatchHoldsWhatWasAppended() throws {
        var builder = RecordBatchBuilder()
        var memory = [UInt8](repeating: 0xAA, count: 1 << 20)
        var noise: UInt64 = 1
        for (round, isNoisy) in [false, true, false].enumerated() {
            builder.removeAll()
            builder.baseSequence = Int32(round)
            var values: [[UInt8]] = []
            for number in 0..<(300 + round) {
                var value = Array("value \(number)".utf8)
                if isNoisy {
                    value = (0..<500).map { _ in
                        noise = noise &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                        return UInt8(truncatingIfNeeded: noise >> 56)
                    }
                }
                values.append(value)
                value.withUnsafeBytes { value in
                    let header: [(name: String, value: [UInt8]?)] = [("round", [UInt8(round)]), ("none", nil)]
                    builder.append(
                        timestamp: Int64(1000 + number), key: nil, value: value, headers: isNoisy ? [] : header)
                }
            }
            #expect(builder.packedBound <= memory.count)
            try memory.withUnsafeMutableBytes { memory in
                let size = builder.pack(into: memory)
                let batch = try #require(RecordBatch(startOf: UnsafeRawBufferPointer(memory)))
                #expect(batch.size == size)
                try batch.validate()
                #expect(batch.attributes.codec == (isNoisy ? RecordBatch.Codec.none : .lz4))
                #expect(batch.recordCount == 300 + Int32(round) && batch.baseSequence == Int32(round))
                #expect(batch.baseTimestamp == 1000 && batch.maxTimestamp == 1299 + Int64(round))
                var seen: [[UInt8]] = []
                try batch.forEachRecord { record in
                    #expect(record.offset == seen.count && record.timestamp == 1000 + Int64(seen.count))
                    var headers: [String] = []
                    record.forEachHeader { headers.append(String(decoding: $0, as: UTF8.self) + "=\($1?[0] ?? 255)") }
                    #expect(headers == (isNoisy ? [] : ["round=\(round)", "none=255"]))
                    seen.append(Array(record.value ?? UnsafeRawBufferPointer(start: nil, count: 0)))
                }
                #expect(seen == values)
            }
        }
    }

    @Test func offsetAndEpochAreRewrittenOutsideTheChecksum() throws {
        var bytes = Fixtures.bytes(Fixtures.lz4)
        bytes.withUnsafeMutableBytes { RecordBatch.assign(baseOffset: 1_000_000_007, leaderEpoch: 9, in: $0) }
        try bytes.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            try batch.validate()
            #expect(batch.baseOffset == 1_000_000_007 && batch.leaderEpoch == 9)
        }
    }

    @Test func aStampedBatchGivesEveryRecordTheTimeOfAppending() throws {
        var bytes = Fixtures.bytes(Fixtures.gzip)
        bytes.withUnsafeMutableBytes { RecordBatch.stamp(logAppendTime: 42, in: $0) }
        try bytes.withUnsafeBytes { raw in
            let batch = try #require(RecordBatch(startOf: raw))
            try batch.validate()
            try batch.forEachRecord { #expect($0.timestamp == 42) }
        }
    }

    @Test func everyFlippedBitBehindTheChecksumIsSeen() throws {
        let bytes = Fixtures.bytes(Fixtures.plain)
        for bit in (16 * 8)..<(bytes.count * 8) {
            var flipped = bytes
            flipped[bit / 8] ^= 1 << (bit % 8)
            let isValid = flipped.withUnsafeBytes { RecordBatch(startOf: $0)?.isValid ?? false }
            #expect(!isValid, "bit \(bit)")
        }
    }

    @Test func aTruncatedBatchIsNoBatch() {
        let bytes = Fixtures.bytes(Fixtures.plain)
        for count in 0..<bytes.count {
            bytes[..<count].withUnsafeBytes { #expect(RecordBatch(startOf: $0) == nil) }
        }
    }

    @Test func aMarkerSaysWhatBecameOfATransaction() throws {
        for marker in [TransactionMarker.abort, .commit] {
            let bytes = marker.batch(producerId: 5, producerEpoch: 2, coordinatorEpoch: 7, timestamp: 99)
            try bytes.withUnsafeBytes { raw in
                let batch = try #require(RecordBatch(startOf: raw))
                try batch.validate()
                #expect(batch.isControl && batch.isTransactional)
                #expect(TransactionMarker(batch) == marker)
                var reader = RecordReader(batch)
                let record = try #require(try reader.next())
                #expect(record.key.map(Array.init) == [0, 0, 0, UInt8(marker.rawValue)])
                #expect(record.value.map(Array.init) == [0, 0, 0, 0, 0, 7])
            }
        }
    }
}
