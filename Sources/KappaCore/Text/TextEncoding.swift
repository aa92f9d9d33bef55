/// Told from the bytes themselves: what a text file that is not UTF-8 was saved as.
package enum TextEncoding {
    /// UTF-8's byte order mark, which Windows' editors and Excel write in front.
    package static let mark: [UInt8] = [0xEF, 0xBB, 0xBF]

    package struct Fault: Equatable, Sendable {
        package let message: String
        package let hint: String
    }

    /// Why the bytes cannot be UTF-8 text that was meant for people; nil where they may be.
    package static func fault(in bytes: some Collection<UInt8>) -> Fault? {
        if isUTF16(bytes.prefix(4)) { return Fault(message: "is saved as UTF-16", hint: "save it as UTF-8") }
        guard bytes.contains(0) else { return nil }
        return Fault(message: "holds a zero byte, so it is no text", hint: "save it as UTF-8 text")
    }

    /// By its byte order mark, or by the zero beside each of the first letters.
    package static func isUTF16(_ start: some Collection<UInt8>) -> Bool {
        let first = Array(start.prefix(4))
        if first.starts(with: [0xFF, 0xFE]) || first.starts(with: [0xFE, 0xFF]) { return true }
        guard first.count == 4 else { return false }
        let zeros = first.map { $0 == 0 }
        return zeros == [false, true, false, true] || zeros == [true, false, true, false]
    }
}
