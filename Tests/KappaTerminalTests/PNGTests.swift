import KappaCore
import Testing

@testable import KappaTerminal

@Suite struct PNGTests {
    /// The check values of the two algorithms, as their specifications' appendices and zlib's documentation give them.
    @Test func checksumsAreTheStandardOnes() {
        #expect(PNG.crc32(Array("123456789".utf8)) == 0xCBF4_3926)
        #expect(PNG.adler32(Array("Wikipedia".utf8)) == 0x11E6_0398)
    }

    /// One white pixel, byte for byte by hand from RFC 2083.
    @Test func theSmallestPictureIsExact() {
        let file = PNG.encode(
            width: 1, height: 1, pixels: [0], palette: [PlotColor(red: 255, green: 255, blue: 255)])
        let header: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, 0, 0, 0, 13, 0x49, 0x48, 0x44, 0x52]
        #expect(Array(file.prefix(16)) == header)
        #expect(Array(file[16..<29]) == [0, 0, 0, 1, 0, 0, 0, 1, 8, 3, 0, 0, 0])
        // Two zero bytes: Adler-32 of (0, 0) is 0x00020001.
        let data: [UInt8] = [0x49, 0x44, 0x41, 0x54, 0x78, 0x01, 1, 2, 0, 0xFD, 0xFF, 0, 0, 0, 2, 0, 1]
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
