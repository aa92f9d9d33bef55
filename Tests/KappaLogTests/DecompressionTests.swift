import Testing

@testable import KappaLog

@Suite struct DecompressionTests {
    private func open(_ bytes: [UInt8], _ body: (UnsafeRawBufferPointer, Int) -> [UInt8]?, limit: Int = 1 << 20)
        -> [UInt8]?
    {
        bytes.withUnsafeBytes { body($0, limit) }
    }

    private static let codecs: [(String, [UInt8], [UInt8], @Sendable (UnsafeRawBufferPointer, Int) -> [UInt8]?)] = [
        ("gzip", Fixtures.bytes(Fixtures.gzipText), Fixtures.text, { Gzip.decompress($0, limit: $1) }),
        ("snappy", Fixtures.bytes(Fixtures.snappyRaw), Fixtures.text, { Snappy.decompress($0, limit: $1) }),
        (
            "lz4", Fixtures.bytes(Fixtures.lz4Linked), Fixtures.text + Fixtures.text + Fixtures.text,
            { LZ4.decompress($0, limit: $1) }
        ),
        ("zstd", Fixtures.bytes(Fixtures.zstdText), Fixtures.text, { Zstandard.decompress($0, limit: $1) }),
    ]

    @Test func eachCodecOpensWhatItsReferenceLibraryMade() {
        for (name, packed, text, body) in Self.codecs { #expect(open(packed, body) == text, "\(name)") }
    }

    @Test func nothingGrowsBeyondItsLimit() {
        for (name, packed, _, body) in Self.codecs { #expect(open(packed, body, limit: 1000) == nil, "\(name)") }
    }

    @Test func aTruncatedStreamIsRefused() {
        for (name, packed, text, body) in Self.codecs {
            for count in stride(from: 0, to: packed.count - 8, by: 7) {
                #expect(open(Array(packed[..<count]), body) != text, "\(name) cut at \(count)")
            }
        }
    }

    @Test func anyBytesAreSurvived() {
        var random = SeededRandom(seed: 20)
        for (_, packed, _, body) in Self.codecs {
            for _ in 0..<1500 {
                var bytes = packed
                for _ in 0..<Int.random(in: 1...6, using: &random) {
                    bytes[Int.random(in: 0..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
                }
                _ = open(bytes, body)
            }
        }
    }
}
