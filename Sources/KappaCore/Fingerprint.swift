/// Tells things apart that nobody tries to confuse: FNV-1a of 64 bits.
///
/// Where an adversary could choose what is hashed, SHA256 is the right one.
package struct Fingerprint {
    package private(set) var value: UInt64 = 0xcbf2_9ce4_8422_2325

    package init() {}

    @inline(__always)
    package mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x0000_0100_0000_01b3 }

    @inline(__always)
    package mutating func add(_ bytes: some Sequence<UInt8>) {
        for byte in bytes { add(byte) }
    }

    package mutating func add(_ bytes: UnsafeRawBufferPointer) {
        for byte in bytes { add(byte) }
    }

    /// As 16 hexadecimal digits.
    package var word: String {
        let digits = String(value, radix: 16)
        return String(repeating: "0", count: 16 - digits.count) + digits
    }

    /// A short name for words that stand apart from each other.
    package static func of(_ words: [String]) -> String {
        var fingerprint = Fingerprint()
        for word in words {
            fingerprint.add(word.utf8)
            fingerprint.add(0)
        }
        return fingerprint.word
    }

    /// A short name for what the words mean.
    package static func of(_ words: String) -> String {
        var fingerprint = Fingerprint()
        fingerprint.add(words.utf8)
        return fingerprint.word
    }
}
