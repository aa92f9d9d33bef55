import KappaWire
import Testing

@Suite struct FrameBufferTests {
    /// Feeds the bytes in pieces of a size, and collects the frames.
    private func frames(_ bytes: [UInt8], piece: Int, maximum: Int = 1 << 20) throws -> [[UInt8]] {
        var buffer = FrameBuffer(maximumFrameLength: maximum)
        var frames: [[UInt8]] = []
        var sent = 0
        while sent < bytes.count {
            let count = buffer.fill { room in
                let count = min(piece, room.count, bytes.count - sent)
                room.copyBytes(from: bytes[sent..<sent + count])
                return count
            }
            #expect(count > 0)
            sent += count
            while let frame = try buffer.next() { frames.append(Array(frame)) }
        }
        #expect(buffer.pendingCount == 0)
        return frames
    }

    private func framed(_ payload: [UInt8]) -> [UInt8] {
        withUnsafeBytes(of: UInt32(payload.count).bigEndian) { Array($0) } + payload
    }

    @Test(arguments: [1, 2, 3, 7, 4096, 5000, 1 << 20])
    func messagesArriveWholeHoweverTheBytesCome(_ piece: Int) throws {
        let payloads = [0, 1, 5, 4092, 4093, 20_000, 3, 70_000, 0].map { count in
            (0..<count).map { UInt8(truncatingIfNeeded: $0 * 31 + count) }
        }
        #expect(try frames(payloads.flatMap(framed), piece: piece) == payloads)
    }

    @Test(arguments: ["ffffffff", "80000000", "00000011", "7fffffff"])
    func lengthsOutsideTheLimitAreRefused(_ hex: String) {
        #expect(throws: WireError.self) { _ = try frames(bytes(hexadecimal: hex) + [0], piece: 5, maximum: 16) }
    }

    @Test func anAnnouncedLengthTakesNoMemoryBeforeItsBytesCome() throws {
        var buffer = FrameBuffer(maximumFrameLength: 1 << 30)
        _ = buffer.fill { room in
            room.copyBytes(from: [0x3f, 0xff, 0xff, 0xff])
            return 4
        }
        #expect(try buffer.next() == nil)
        #expect(buffer.capacity <= 4096)
    }

    @Test func aQuietConnectionGivesItsMemoryBack() throws {
        var buffer = FrameBuffer(maximumFrameLength: 1 << 20)
        _ = buffer.fill { room in
            room.copyBytes(from: [0, 0, 0, 1, 42])
            return 5
        }
        buffer.shrink()
        #expect(buffer.capacity > 0, "what is pending stays")
        #expect(try buffer.next().map { Array($0) } == [42])
        buffer.shrink()
        #expect(buffer.capacity == 0)
    }

    @Test func theEndOfAConnectionPassesThrough() {
        var buffer = FrameBuffer(maximumFrameLength: 16)
        #expect(buffer.fill { _ in 0 } == 0)
        #expect(buffer.fill { _ in -1 } == -1)
        #expect(buffer.pendingCount == 0)
    }
}
