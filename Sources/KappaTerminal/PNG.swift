/// Writes pictures as PNG (RFC 2083): a palette of at most 16 colours, four bits for each pixel, compressed.
enum PNG {
    static func encode(width: Int, height: Int, pixels: [UInt8], palette: [PlotColor]) -> [UInt8] {
        precondition(pixels.count == width * height && palette.count <= 16)
        var file: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
        // Four bits a pixel, colour type 3 (palette), the only compression, filter and no interlace there are.
        append("IHDR", bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [4, 3, 0, 0, 0], to: &file)
        append("PLTE", palette.flatMap { [$0.red, $0.green, $0.blue] }, to: &file)
        let stride = 1 + (width + 1) / 2
        append("IDAT", Deflate.zlib(lines(width: width, height: height, pixels), stride: stride), to: &file)
        append("IEND", [], to: &file)
        return file
    }

    /// Each line starts with its filter: none.
    private static func lines(width: Int, height: Int, _ pixels: [UInt8]) -> [UInt8] {
        var lines: [UInt8] = []
        lines.reserveCapacity((width / 2 + 2) * height)
        for row in 0..<height {
            lines.append(0)
            for column in stride(from: 0, to: width, by: 2) {
                let place = row * width + column
                lines.append(pixels[place] << 4 | (column + 1 < width ? pixels[place + 1] : 0))
            }
        }
        return lines
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
