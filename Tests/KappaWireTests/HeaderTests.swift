import KappaWire
import Testing

@Suite struct HeaderTests {
    private func header(_ hex: String) throws -> (header: RequestHeader, left: Int) {
        try bytes(hexadecimal: hex).withUnsafeBytes {
            var reader = WireReader($0)
            return (try RequestHeader(from: &reader), reader.remaining)
        }
    }

    @Test func tagsInAFlexibleHeaderAreSkipped() throws {
        // Metadata v9, correlation 5, client "a", one tag of two bytes, then one byte of the body.
        let (header, left) = try header("0003 0009 00000005 0001 61 01 00 02 ffff ee")
        #expect(header == RequestHeader(key: 3, version: 9, correlationId: 5, clientId: "a"))
        #expect(left == 1)
    }

    @Test func tagsOfNewerClientsInABodyAreSkipped() throws {
        // One of the topic's own, number 5 with two bytes, and two of the request's.
        let request = try decode(
            DescribeProducersRequest.self, "02" + "027402" + "00000003" + "010502aabb" + "020000" + "0101cc", version: 0
        )
        #expect(request.topics.map(\.name) == ["t"])
        #expect(request.topics.first?.partitionIndexes == [3])
    }

    @Test func headersOfUnknownKeysAndVersionsAreReadForTheirAnswer() throws {
        #expect(try header("0012 0063 00000007 ffff").header.correlationId == 7)
        let unknown = try header("03e7 0000 00000008 ffff").header
        #expect(unknown.correlationId == 8)
        #expect(unknown.apiKey == nil)
    }

    @Test func aClientNameThatIsNotUTF8IsMended() throws {
        #expect(try header("0012 0000 00000007 0002 c328").header.clientId == "\u{fffd}(")
    }

    /// KIP-511: the answer to ApiVersions 3 has a flexible body after the oldest header.
    @Test func theAnswerToApiVersionsHasTheOldestHeader() throws {
        var writer = WireWriter()
        try ApiVersionsResponse().frame(correlationId: 1, version: 3, into: &writer)
        #expect(hexadecimal(writer.bytes) == "0000000c" + "00000001" + "0000" + "01" + "00000000" + "00")
    }

    /// Version 0 of Metadata has no null; there an empty list means all topics.
    @Test func theOldestMetadataRequestAsksForAllTopicsByNamingNone() throws {
        #expect(try decode(MetadataRequest.self, "00000000", version: 0).topics == nil)
        #expect(try decode(MetadataRequest.self, "00000000", version: 1).topics?.count == 0)
        var writer = WireWriter()
        try MetadataRequest().encode(version: 0, into: &writer)
        #expect(hexadecimal(writer.bytes) == "00000000")
        #expect(throws: WireError.nullNotAllowed(index: 4)) {
            try decode(MetadataRequest.self, "ffffffff", version: 0)
        }
    }

    /// A group's protocol may be null from version 7 of JoinGroup's answer on; older readers get an empty name.
    @Test func nullIsNotSentToReadersThatDoNotKnowIt() throws {
        var writer = WireWriter()
        try JoinGroupResponse { $0.errorCode = .unknownMemberId }.encode(version: 0, into: &writer)
        #expect(hexadecimal(writer.bytes) == "0019" + "ffffffff" + "0000" + "0000" + "0000" + "00000000")
        writer.removeAll()
        #expect(throws: WireError.nullNotAllowed(index: 9)) {
            try OffsetFetchRequest { $0.groupId = "group01" }.encode(version: 1, into: &writer)
        }
    }
}
