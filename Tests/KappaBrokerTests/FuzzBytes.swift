import KappaWire

/// A small generator of known quality, so that a seed tells the whole run.
struct SplitMix: RandomNumberGenerator {
    var state: UInt64

    mutating func next() -> UInt64 {
        state &+= 0x9E37_79B9_7F4A_7C15
        var word = state
        word = (word ^ (word >> 30)) &* 0xBF58_476D_1CE4_E5B9
        word = (word ^ (word >> 27)) &* 0x94D0_49BB_1331_11EB
        return word ^ (word >> 31)
    }
}

/// Bytes that a client should not send.
enum FuzzBytes {
    static func next(_ random: inout SplitMix) -> [UInt8] {
        switch Int.random(in: 0..<4, using: &random) {
        case 0: return noise(&random, count: Int.random(in: 1...200, using: &random))
        case 1: return framed(key: Int16.random(in: -2...80, using: &random), noise(&random, count: 60), &random)
        default: return changed(&random)
        }
    }

    private static func noise(_ random: inout SplitMix, count: Int) -> [UInt8] {
        (0..<count).map { _ in UInt8.random(in: 0...255, using: &random) }
    }

    /// A sound header with a body of noise.
    private static func framed(key: Int16, _ body: [UInt8], _ random: inout SplitMix) -> [UInt8] {
        var writer = WireWriter()
        writer.append(Int32(10 + body.count))
        writer.append(key)
        writer.append(Int16.random(in: -1...12, using: &random))
        writer.append(Int32(1))
        writer.append(Int16(-1))
        writer.append(contentsOf: body)
        return writer.bytes
    }

    /// An empty request of any kind in any version, with some bytes changed or the end cut off.
    private static func changed(_ random: inout SplitMix) -> [UInt8] {
        let key = ApiKey.allCases.randomElement(using: &random)!
        let version = Int16.random(in: key.versions, using: &random)
        var bytes = frame(key.request, version: version)
        for _ in 0..<Int.random(in: 0...4, using: &random) where bytes.count > 4 {
            bytes[Int.random(in: 4..<bytes.count, using: &random)] = UInt8.random(in: 0...255, using: &random)
        }
        if Bool.random(using: &random), bytes.count > 12 {
            bytes.removeLast(Int.random(in: 1...4, using: &random))
            let length = UInt32(bytes.count - 4)
            for place in 0..<4 { bytes[place] = UInt8(truncatingIfNeeded: length >> (24 - 8 * UInt32(place))) }
        }
        return bytes
    }

    private static func frame<Request: RequestMessage>(_ request: Request.Type, version: Int16) -> [UInt8] {
        var writer = WireWriter()
        try? Request().frame(correlationId: 1, clientId: "fuzz", version: version, into: &writer)
        return writer.bytes
    }
}
