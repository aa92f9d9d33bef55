import KappaWire
import Testing

@Suite struct WireWriterTests {
    @Test func recordsFromElsewhereAreCountedAndLeaveTheirPlace() throws {
        var response = FetchResponse()
        response.responses = [
            .init {
                $0.topic = "t"
                $0.partitions = [
                    .init { $0.records = .elsewhere(reference: 7, count: 5) },
                    .init {
                        $0.partitionIndex = 1
                        $0.records = .elsewhere(reference: 8, count: 3)
                    },
                ]
            }
        ]
        var spliced = WireWriter()
        try response.frame(correlationId: 9, version: 12, into: &spliced)
        #expect(spliced.splices.map(\.reference) == [7, 8])

        let sets: [[UInt8]] = [[1, 2, 3, 4, 5], [6, 7, 8]]
        var whole: [UInt8] = []
        var done = 0
        for (splice, set) in zip(spliced.splices, sets) {
            whole += spliced.bytes[done..<splice.position] + set
            done = splice.position
        }
        whole += spliced.bytes[done...]
        #expect(spliced.count == whole.count)

        try sets[0].withUnsafeBytes { first in
            try sets[1].withUnsafeBytes { second in
                response.responses[0].partitions[0].records = .borrowed(first)
                response.responses[0].partitions[1].records = .borrowed(second)
                var copied = WireWriter()
                try response.frame(correlationId: 9, version: 12, into: &copied)
                #expect(copied.bytes == whole)
            }
        }
    }

    @Test func severalFramesFollowEachOtherInOneWriter() throws {
        var writer = WireWriter()
        try HeartbeatResponse { $0.errorCode = .illegalGeneration }.frame(correlationId: 1, version: 0, into: &writer)
        try HeartbeatResponse().frame(correlationId: 2, version: 4, into: &writer)
        #expect(
            hexadecimal(writer.bytes) == "00000006000000010016" + "0000000c" + "00000002" + "00" + "000000000000" + "00"
        )
        writer.removeAll()
        #expect(writer.count == 0)
    }

    @Test func aMessageThatCannotBeWrittenLeavesNothingBehind() throws {
        var writer = WireWriter()
        try HeartbeatResponse().frame(correlationId: 1, version: 0, into: &writer)
        let before = writer.bytes
        var response = FetchResponse()
        response.responses = [
            .init {
                $0.topic = "t"
                $0.partitions = [.init { $0.records = .elsewhere(reference: 0, count: 100) }]
            },
            .init { $0.topic = String(repeating: "x", count: 32_768) },
        ]
        #expect(throws: WireError.tooLongToWrite(32_768, maximum: 32_767)) {
            try response.frame(correlationId: 2, version: 11, into: &writer)
        }
        #expect(writer.bytes == before)
        #expect(writer.splices.isEmpty)
        #expect(writer.count == before.count)
    }

    @Test func aVersionOutsideTheDeclaredOnesIsRefused() {
        var writer = WireWriter()
        #expect(throws: WireError.unsupportedVersion(.produce, version: 2)) {
            try ProduceResponse().frame(correlationId: 1, version: 2, into: &writer)
        }
        #expect(writer.bytes.isEmpty)
    }
}
