import KappaCore
import Testing

@Suite struct TimestampTests {
    // 1650060398 is `date -u -d 2022-04-15T22:06:38Z +%s`.
    @Test(
        arguments: [
            ("2022-04-15T22:06:38.737Z", 1_650_060_398_737),
            ("2022-04-15T22:06:38Z", 1_650_060_398_000),
            ("2022-04-15 22:06:38", 1_650_060_398_000),
            ("2022-04-16T00:06:38.7379999+02:00", 1_650_060_398_737),
            ("1969-12-31T23:59:59.999Z", -1),
            ("2000-02-29T00:00:00Z", 951_782_400_000),
            ("0000-01-01T00:00:00Z", -62_167_219_200_000),
        ] as [(String, Int64)])
    func rfc3339IsRead(text: String, milliseconds: Int64) {
        #expect(Timestamp(rfc3339: text)?.milliseconds == milliseconds)
    }

    @Test(arguments: [
        "", "2022", "2022-13-01T00:00:00Z", "1900-02-29T00:00:00Z", "2022-04-15T24:00:00Z", "2022-04-15T22:06:38.Z",
        "2022-04-15T22:06:38Zx", "2022-04-15T22:06:38+2", "15/04/2022 22:06:38", "2022-04-15T22:06:60Z",
    ])
    func nonsenseIsRefused(text: String) {
        #expect(Timestamp(rfc3339: text) == nil)
    }

    @Test func textAndBackIsTheSameMoment() {
        for milliseconds in stride(from: Int64(-5_000_000_000_000), to: 5_000_000_000_000, by: 86_399_123_457) {
            let time = Timestamp(milliseconds: milliseconds)
            #expect(Timestamp(rfc3339: time.rfc3339) == time)
        }
        #expect(Timestamp(milliseconds: 1_650_060_398_737).rfc3339 == "2022-04-15T22:06:38.737Z")
    }

    @Test func windowsBeforeTheEpochRoundDown() {
        let window = Window(holding: Timestamp(milliseconds: -1), sizeMilliseconds: 10_000)
        #expect(window == Window(start: Timestamp(milliseconds: -10_000), end: Timestamp(milliseconds: 0)))
        let edge = Window(holding: Timestamp(milliseconds: 10_000), sizeMilliseconds: 10_000)
        #expect(edge.start.milliseconds == 10_000)
    }
}

/// The reader that remembers a minute reads as the one that does not.
@Suite struct TimestampReaderTests {
    private func both(_ reader: inout TimestampReader, _ text: String) {
        var text = text
        let read = text.withUTF8 { reader.read(UnsafeRawBufferPointer($0)) }
        #expect(read == Timestamp(rfc3339: text), "\(text)")
    }

    @Test func itReadsAsTheOtherDoes() {
        var reader = TimestampReader()
        for text in [
            "2022-04-15T22:06:38.737Z", "2022-04-15T22:06:59.999Z", "2022-04-15T22:06:60.000Z",
            "2022-04-15T22:07:00.000Z", "2022-04-15T22:06:00.000Z", "2022-04-15t22:06:01.000Z",
            "2022-04-15 22:06:01.000Z", "2022-04-15T22:06:38.73Z", "2022-04-15T22:06:38.7377Z",
            "2022-04-15T22:06:38Z", "2022-04-15T22:06:38.737z", "2022-04-15T22:06:38.737+01:00",
            "2022-04-15T22:06:38.7+01", "2022-02-30T22:06:38.737Z", "2022-02-30T22:06:39.737Z",
            "2024-02-29T23:59:59.999Z", "1969-12-31T23:59:59.999Z", "9999-12-31T23:59:59.999Z", "",
            "2022-04-15T22:06:3a.737Z", "2022-04-15T22:06:38,737Z", "2022-04-15T25:06:38.737Z",
            "0000000000000000:00.000Z", "2022-04-15T22:06:38.737Z ", "\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}\u{0}:38.737Z",
        ] {
            both(&reader, text)
            both(&reader, "2022-04-15T22:06:38.737Z")
        }
        // Nothing was remembered before them.
        for text in [String(repeating: "\u{0}", count: 16) + ":38.737Z", "1970-01-01T00:00:38.737Z"] {
            var fresh = TimestampReader()
            both(&fresh, text)
        }
    }

    @Test func aBytePerTimeChanged() {
        let good = Array("2022-04-15T22:06:38.737Z".utf8)
        for place in good.indices {
            for byte in UInt8(0x20)..<0x7F {
                var reader = TimestampReader()
                both(&reader, "2022-04-15T22:06:38.737Z")
                var changed = good
                changed[place] = byte
                both(&reader, String(decoding: changed, as: UTF8.self))
                both(&reader, "2022-04-15T22:06:39.001Z")
            }
        }
    }
}
