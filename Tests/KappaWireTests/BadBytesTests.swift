import KappaWire
import Testing

/// Bytes that no honest client sends: an error each time, never a crash, and never memory for what is not there.
@Suite struct BadBytesTests {
    @Test(arguments: ApiKey.allCases)
    func everyMessageCutShortIsRefused(_ key: ApiKey) throws {
        try forEachBody(of: key) { body, decode in
            for count in 0..<body.count {
                #expect(throws: WireError.self) { try decode(Array(body[..<count])) }
            }
        }
    }

    @Test(arguments: ApiKey.allCases)
    func everyMessageWithAByteTooManyIsRefused(_ key: ApiKey) throws {
        try forEachBody(of: key) { body, decode in
            #expect(throws: WireError.bytesLeft(1)) { try decode(body + [0]) }
        }
    }

    /// Every place of the message, and so every length in it, is overwritten in turn.
    @Test(arguments: ApiKey.allCases)
    func aLieInAnyPlaceIsReadOrRefused(_ key: ApiKey) throws {
        let lies: [[UInt8]] = [
            [0xff], [0x00], [0x7f, 0xff], [0x7f, 0xff, 0xff, 0xff], [0xff, 0xff, 0xff, 0xfe],
            [0xff, 0xff, 0xff, 0xff, 0x0f], [0xff, 0xff, 0xff, 0xff, 0xff, 0xff],
        ]
        try forEachBody(of: key) { body, decode in
            for place in body.indices {
                for lie in lies where place + lie.count <= body.count {
                    var body = body
                    body.replaceSubrange(place..<place + lie.count, with: lie)
                    _ = Result { try decode(body) }
                }
            }
        }
    }

    @Test(arguments: ApiKey.allCases)
    func randomBytesAreReadOrRefused(_ key: ApiKey) throws {
        let seed = UInt64(key.rawValue) + 20_240_229
        var random = Xorshift(seed: seed)
        try forEachType(of: key) { versions, decode in
            for round in 0..<400 {
                let bytes = (0..<Int.random(in: 0...200, using: &random)).map { _ in
                    // Small numbers get deeper into a message than large ones.
                    round % 2 == 0 ? UInt8.random(in: 0...255, using: &random) : .random(in: 0...3, using: &random)
                }
                _ = Result { try decode(bytes, versions.randomElement(using: &random)!) }
            }
        } onFailure: {
            "seed \(seed)"
        }
    }

    @Test func aHugeCountIsRefusedBeforeMemoryIsTaken() {
        #expect(throws: WireError.tooManyElements(Int(Int32.max), index: 4, available: 4)) {
            try decode(DescribeGroupsRequest.self, "7fffffff 00000000", version: 0)
        }
    }

    /// Each of these texts takes one byte here, and would take sixteen of memory.
    @Test func aMessageOfCountlessTinyElementsIsRefused() throws {
        var writer = WireWriter()
        writer.append(variableLengthNumber: UInt32(WireCoder.maximumElements + 2))
        let head = writer.bytes
        let body = head + [UInt8](repeating: 1, count: WireCoder.maximumElements + 3)
        let error = WireError.tooManyElementsInAll(maximum: WireCoder.maximumElements, index: head.count)
        #expect(throws: error) {
            try body.withUnsafeBytes { _ = try DescribeGroupsRequest(decoding: $0, version: 5) }
        }
    }

    @Test func negativeLengthsAreRefused() {
        #expect(throws: WireError.impossibleLength(-2, index: 2)) {
            try decode(SaslHandshakeRequest.self, "fffe0000", version: 0)
        }
        #expect(throws: WireError.impossibleLength(-2, index: 4)) {
            try decode(SaslAuthenticateRequest.self, "fffffffe", version: 0)
        }
    }
}

// MARK: The messages of a key, without their types

private typealias Decode = ([UInt8]) throws -> Void

/// The bodies of the full fixtures in the first version, the last one, and the first flexible one.
private func forEachBody(of key: ApiKey, _ check: ([UInt8], Decode) throws -> Void) throws {
    func visit<Body: Message>(_: Body.Type) throws {
        let versions = [Body.versions.lowerBound, Body.versions.upperBound, Body.flexibleFrom]
        for fixture in Fixture.byMessage["\(Body.self)"] ?? []
        where fixture.variant == "full" && versions.contains(fixture.version) {
            try check(body(of: fixture, Body.self)) { try decodeAndWriteBack(Body.self, $0, fixture.version) }
        }
    }
    func visitBoth<Request: RequestMessage>(_: Request.Type) throws {
        try visit(Request.self)
        try visit(Request.Response.self)
    }
    try visitBoth(key.request)
}

private func body<Body: Message>(of fixture: Fixture, _: Body.Type) throws -> [UInt8] {
    try fixture.frame.withUnsafeBytes { frame in
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: frame[4...]))
        if Body.self is any RequestMessage.Type {
            _ = try RequestHeader(from: &reader)
        } else {
            _ = try ResponseHeader(for: Body.apiKey, version: fixture.version, from: &reader)
        }
        return Array(reader.bytes[reader.index...])
    }
}

private func forEachType(
    of key: ApiKey, _ check: (ClosedRange<Int16>, ([UInt8], Int16) throws -> Void) throws -> Void,
    onFailure: () -> String
) throws {
    func visit<Request: RequestMessage>(_: Request.Type) throws {
        try check(Request.versions) { try decodeAndWriteBack(Request.self, $0, $1) }
        try check(Request.versions) { try decodeAndWriteBack(Request.Response.self, $0, $1) }
    }
    #expect(throws: Never.self, "\(onFailure())") { try visit(key.request) }
}

/// What could be read can be written, and reads as the same again.
private func decodeAndWriteBack<Body: Message>(_: Body.Type, _ bytes: [UInt8], _ version: Int16) throws {
    try bytes.withUnsafeBytes { bytes in
        let body = try Body(decoding: bytes, version: version)
        var first = WireWriter()
        try body.encode(version: version, into: &first)
        var second = WireWriter()
        try first.bytes.withUnsafeBytes {
            try Body(decoding: $0, version: version).encode(version: version, into: &second)
        }
        #expect(first.bytes == second.bytes, "\(Body.self) v\(version)")
    }
}

struct Xorshift: RandomNumberGenerator {
    private var state: UInt64

    init(seed: UInt64) { state = seed == 0 ? 1 : seed }

    mutating func next() -> UInt64 {
        state ^= state << 13
        state ^= state >> 7
        state ^= state << 17
        return state
    }
}
