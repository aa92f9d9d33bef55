/// Whether bytes are UTF-8: well formed by Unicode's table 3-7.
package enum UTF8Check {
    package static func isValid(_ bytes: UnsafeRawBufferPointer) -> Bool {
        var index = 0
        while index < bytes.count {
            if let skipped = asciiRun(bytes, from: index) {
                index = skipped
                continue
            }
            guard let length = sequence(bytes, at: index) else { return false }
            index += length
        }
        return true
    }

    /// Past eight bytes of plain ASCII at once.
    private static func asciiRun(_ bytes: UnsafeRawBufferPointer, from index: Int) -> Int? {
        guard index + 8 <= bytes.count,
            bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
        else { return nil }
        return index + 8
    }

    private static func sequence(_ bytes: UnsafeRawBufferPointer, at index: Int) -> Int? {
        let first = bytes[index]
        if first < 0x80 { return 1 }
        let length = first < 0xE0 ? 2 : first < 0xF0 ? 3 : 4
        guard (0xC2...0xF4).contains(first), index + length <= bytes.count else { return nil }
        let second = bytes[index + 1]
        let lowest: UInt8 = first == 0xE0 ? 0xA0 : first == 0xF0 ? 0x90 : 0x80
        let highest: UInt8 = first == 0xED ? 0x9F : first == 0xF4 ? 0x8F : 0xBF
        guard (lowest...highest).contains(second) else { return nil }
        for place in 2..<max(length, 2) where bytes[index + place] & 0xC0 != 0x80 { return nil }
        return length
    }
}
