import KappaRecords
import Testing

@testable import KappaLog

@Suite struct DecompressionTests {
    private func open(_ bytes: [UInt8], _ codec: RecordBatch.Codec, limit: Int = 1 << 20) -> [UInt8]? {
        var output = UnpackedBytes(limit: limit)
        return bytes.withUnsafeBytes { Decompressor.unpack($0, codec, into: &output) } ? Array(output.bytes) : nil
    }

    private static let codecs: [(RecordBatch.Codec, packed: [UInt8], text: [UInt8])] = [
        (.gzip, Fixtures.bytes(Fixtures.gzipText), Fixtures.text),
        (.snappy, Fixtures.bytes(Fixtures.snappyRaw), Fixtures.text),
        (.lz4, Fixtures.bytes(Fixtures.lz4Linked), Fixtures.text + Fixtures.text + Fixtures.text),
        (.zstd, Fixtures.bytes(Fixtures.zstdText), Fixtures.text),
    ]

    @Test func eachCodecOpensWhatItsReferenceLibraryMade() {
        for (codec, packed, text) in Self.codecs { #expect(open(packed, codec) == text, "\(codec)") }
    }

    @Test func nothingGrowsBeyondItsLimit() {
        for (codec, packed, _) in Self.codecs { #expect(open(packed, codec, limit: 1000) == nil, "\(codec)") }
    }

    @Test func aTruncatedStreamIsRefused() {
        for (codec, packed, text) in Self.codecs {
            for count in stride(from: 0, to: packed.count - 8, by: 7) {
                #expect(open(Array(packed[..<count]), codec) != text, "\(codec) cut at \(count)")
            }
        }
    }

    @Test func anyBytesAreSurvived() {
        var random = SeededRandom(seed: 20)
        for (codec, packed, _) in Self.codecs {
            for _ in 0..<1500 {
                var bytes = packed
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = open(bytes, codec)
            }
        }
    }
}
