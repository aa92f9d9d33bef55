/// Writes pictures as PNG (RFC 2083): a palette, one byte for each pixel, the data stored rather than compressed.
///
/// A chart of 960 × 480 is half a megabyte so; that is cheaper than another library.
enum PNG {
    static func encode(width: Int, height: Int, pixels: [UInt8], palette: [PlotColor]) -> [UInt8] {
        precondition(pixels.count == width * height && palette.count <= 256)
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        // Eight bits a pixel, colour type 3 (palette), the only compression, filter and no interlace there are.
        append("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 3, 0, 0, 0], to: &file)
        append("PLTE", palette.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
        append("IDAT", zlib(lines(width: width, height: height, pixels)), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// Each line starts with its filter: none.
    private static func lines(width: Int, height: Int, _ pixels: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity((width + 1) * height)
        for row in 0..<height {
            lines.append(0)
            lines += pixels[row * width..<(row + 1) * width]
        }
        return lines
    }

    /// RFC 1950 around RFC 1951's stored blocks of at most 65,535 bytes.
    private static func zlib(_ data: [UInt8]) -> [UInt8] {
        var stream: [UInt8] = [0x78, 0x01]
        var start = 0
        repeat {
            let count = min(data.count - start, 65_535)
            let isLast: UInt8 = start + count == data.count ? 1 : 0
            let size = UInt16(count)
            stream += [isLast, UInt8(size & 0xFF), UInt8(size >> 8), UInt8(~size & 0xFF), UInt8(~size >> 8)]
            stream += data[start..<start + count]
            start += count
        } while start < data.count
        return stream + bigEndian(adler32(data))
    }

    private static func append(_ type: StaticString, _ data: [UInt8], to file: inout [UInt8]) {
        let body = Array("\(type)".utf8) + data
        file += bigEndian(UInt32(data.count)) + body + bigEndian(crc32(body))
    }

    private static func bigEndian(_ value: UInt32) -> [UInt8] {
        [UInt8(value >> 24), UInt8(value >> 16 & 0xFF), UInt8(value >> 8 & 0xFF), UInt8(value & 0xFF)]
    }

    static func adler32(_ data: [UInt8]) -> UInt32 {
        var (low, high): (UInt32, UInt32) = (1, 0)
        for byte in data {
            low = (low + UInt32(byte)) % 65_521
            high = (high + low) % 65_521
        }
        return high << 16 | low
    }

    private static let table: [UInt32] = (0..<256).map { index in
        (0..<8).reduce(UInt32(index)) { value, _ in value & 1 == 1 ? 0xEDB8_8320 ^ (value >> 1) : value >> 1 }
    }

    static func crc32(_ data: [UInt8]) -> UInt32 {
        ~data.reduce(~0) { table[Int(($0 ^ UInt32($1)) & 0xFF)] ^ ($0 >> 8) }
    }
}
