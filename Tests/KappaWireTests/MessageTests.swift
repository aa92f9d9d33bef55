import KappaWire
import Testing

/// Each message and version against whole frames that kafka-python wrote: its fields by name, then its bytes.
@Suite struct MessageTests {
    @Test(arguments: ApiKey.allCases)
    func requestsAreReadAndWrittenAsAnotherImplementationDoes(_ key: ApiKey) throws {
        func check<Request: RequestMessage>(_: Request.Type) throws {
            for fixture in try fixtures(of: Request.self) {
                try fixture.frame.withUnsafeBytes { try checkRequest(Request.self, fixture, $0) }
            }
        }
        try check(key.request)
    }

    @Test(arguments: ApiKey.allCases)
    func answersAreReadAndWrittenAsAnotherImplementationDoes(_ key: ApiKey) throws {
        func check<Request: RequestMessage>(_: Request.Type) throws {
            for fixture in try fixtures(of: Request.Response.self) {
                try fixture.frame.withUnsafeBytes { try checkResponse(Request.Response.self, fixture, $0) }
            }
        }
        try check(key.request)
    }

    /// Three fixtures for each version that is declared, so that none goes untested.
    private func fixtures<Body: Message>(of _: Body.Type) throws -> [Fixture] {
        let fixtures = try #require(Fixture.byMessage["\(Body.self)"], "no fixture of \(Body.self)")
        #expect(fixtures.map(\.version) == Body.versions.flatMap { [$0, $0, $0] }, "\(Body.self)")
        return fixtures
    }

    private func checkRequest<Request: RequestMessage>(
        _: Request.Type, _ fixture: Fixture, _ frame: UnsafeRawBufferPointer
    ) throws {
        var reader = WireReader(UnsafeRawBufferPointer(rebasing: frame[4...]))
        let header = try RequestHeader(from: &reader)
        #expect(
            header
                == RequestHeader(
                    key: Request.apiKey.rawValue, version: fixture.version, correlationId: Fixture.correlationId,
                    clientId: fixture.clientId), "\(fixture.name)")
        let body = try Request(
            decoding: UnsafeRawBufferPointer(rebasing: reader.bytes[reader.index...]), version: fixture.version)
        checkFields(of: body, fixture)
        var writer = WireWriter()
        try body.frame(
            correlationId: header.correlationId, clientId: header.clientId, version: fixture.version, into: &writer)
        #expect(hexadecimal(writer.bytes) == hexadecimal(frame), "\(fixture.name)")
    }

    private func checkResponse<Response: ResponseMessage>(
        _: Response.Type, _ fixture: Fixture, _ frame: UnsafeRawBufferPointer
    ) throws {
        let (header, body) = try Response.decode(
            frame: UnsafeRawBufferPointer(rebasing: frame[4...]), version: fixture.version)
        #expect(header.correlationId == Fixture.correlationId)
        checkFields(of: body, fixture)
        var writer = WireWriter()
        try body.frame(correlationId: header.correlationId, version: fixture.version, into: &writer)
        #expect(hexadecimal(writer.bytes) == hexadecimal(frame), "\(fixture.name)")
    }

    /// Fields of other versions keep their defaults, and are in no fixture.
    private func checkFields(of body: some Message, _ fixture: Fixture) {
        let missing = Set(fixture.fields).subtracting(fieldLines(body))
        #expect(missing.isEmpty, "\(fixture.name)")
    }
}
