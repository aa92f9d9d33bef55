import KappaCore
import KappaTestSupport
import Testing

@testable import KappaTerminal

@Suite struct PNGTests {
    /// The check values of the two algorithms, as their specifications' appendices and zlib's documentation give them.
    @Test func checksumsAreTheStandardOnes() {
        #expect(PNG.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(PNG.adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
    }

    /// What Python's zlib makes of the file's data.
    private func inflated(_ file: [UInt8]) async throws -> String {
        let folder = try TemporaryDirectory()
        try folder.write("x.png", file)
        let child = try ChildProcess(
            ["/usr/bin/python3", "-c"]
                + [
                    """
                    import struct, zlib
                    data, place, body = open("x.png", "rb").read(), 8, b""
                    while place < len(data):
                        size, kind = struct.unpack(">I4s", data[place:place + 8])
                        piece = data[place + 8:place + 8 + size]
                        sum = struct.unpack(">I", data[place + 8 + size:place + 12 + size])[0]
                        assert zlib.crc32(kind + piece) == sum
                        if kind == b"IDAT": body += piece
                        place += size + 12
                    print(zlib.decompress(body).hex())
                    """
                ], environment: [:], directory: folder.path)
        let result = try await child.finish()
        #expect(result.status == 0, "\(result.errors)")
        return String(result.output.dropLast())
    }

    @Test(arguments: [1, 2, 7, 300]) func otherProgramsReadThePixels(width: Int) async throws {
        var state: UInt32 = 7
        let pixels = (0..<width * 40).map { index -> UInt8 in
            state = state &* 1_664_525 &+ 1_013_904_223
            return index / width % 3 == 0 ? UInt8(state >> 24 & 15) : UInt8(index / 7 % 5)
        }
        let file = PNG.encode(width: width, height: 40, pixels: pixels, palette: Array(PlotColor.all.prefix(6)))
        let expected = (0..<40).map { row in
            let line = pixels[row * width..<(row + 1) * width].map { String($0, radix: 16) }.joined()
            return "00" + line + (width % 2 == 1 ? "0" : "")
        }
        #expect(try await inflated(file) == expected.joined())
    }

    private static func point(_ step: Int, of line: Int) -> PlotSeries.Point {
        let noise = Double((step * 7919 + line * 104_729) % 97) / 25
        return .init(time: Timestamp(milliseconds: Int64(step) * 60_000), value: Double(line * 10) + noise)
    }

    @Test func aChartOfTenLinesIsASmallFile() {
        let series = (0..<10).map { line in
            PlotSeries(
                name: "BH-\(line)",
                points: (0..<600).map { Self.point($0, of: line) })
        }
        #expect(Plot(title: "piezometer", unit: "kPa", series: series).png().count < 30_000)
        #expect(Set(PlotColor.all.map(\.hex)).count == 10)
    }

    /// One white pixel, byte for byte by hand from RFC 2083.
    @Test func theSmallestPictureIsExact() {
        let file = PNG.encode(
            width: 1, height: 1, pixels: [0], palette: [PlotColor(red: 255, green: 255, blue: 255)])
        let header: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        #expect(Array(file.prefix(16)) == header)
        #expect(Array(file[16..<29]) == [0, 0, 0, 1, 0, 0, 0, 1, 4, 3, 0, 0, 0])
        // Two zero bytes, and the end, in the fixed code: 011 00110000 00110000 0000000.
        // Adler-32 of (0, 0) is 0x00020001.
        let data: [UInt8] = [0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 0x63, 0x60, 0x00, 0x00, 0, 2, 0, 1]
        #expect(file.firstRange(of: data) != nil)
        // IEND's checksum is the same in every PNG there is.
        #expect(Array(file.suffix(12)) == [0, 0, 0, 0, 0x49, 0x45, 0x4E, 0x44, 0xAE, 0x42, 0x60, 0x82])
    }

    @Test func everyPrintableLetterHasItsColumns() {
        for code in UInt8(32)...126 {
            #expect(PixelFont.columns(of: Character(Unicode.Scalar(code))).count == 5)
        }
        #expect(PixelFont.columns(of: "é").first == 0x7F)
    }
}
