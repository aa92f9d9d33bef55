import KappaCore

/// Numbers as people and instruments write them, as JSON writes them.
enum CSVNumber {
    /// Writes the number and says whether there is one.
    ///
    /// - Parameter isStrict: only what JSON itself takes for a number, but for blanks and the decimal comma: what has a
    ///   leading zero or plus may be a name.
    static func write(
        _ field: UnsafeRawBufferPointer, decimal: UInt8, isStrict: Bool, into text: inout ByteWriter
    ) -> Bool {
        let bytes = field.trimmingBlanks
        var here = 0
        let end = bytes.count
        func digits() -> Range<Int> {
            let start = here
            while here < end, bytes[here] &- 0x30 < 10 { here += 1 }
            return start..<here
        }
        let isNegative = end > 0 && bytes[0] == UInt8(ascii: "-")
        if isNegative || (!isStrict && end > 0 && bytes[0] == UInt8(ascii: "+")) { here = 1 }
        var whole = digits()
        var fraction = 0..<0
        let hasPoint = here < end && bytes[here] == decimal
        if hasPoint {
            here += 1
            fraction = digits()
        }
        let exponent = here
        if here < end, bytes[here] | 0x20 == UInt8(ascii: "e") {
            here += 1
            if here < end, bytes[here] == UInt8(ascii: "+") || bytes[here] == UInt8(ascii: "-") { here += 1 }
            if digits().isEmpty { return false }
        }
        guard here == end, !whole.isEmpty || !fraction.isEmpty else { return false }
        if isStrict {
            guard !whole.isEmpty, !hasPoint || !fraction.isEmpty, whole.count == 1 || bytes[whole.lowerBound] != 0x30
            else { return false }
            if decimal == UInt8(ascii: ".") {
                text.append(bytes)
                return true
            }
        }
        while whole.count > 1, bytes[whole.lowerBound] == 0x30 { whole = (whole.lowerBound + 1)..<whole.upperBound }
        if isNegative { text.append(UInt8(ascii: "-")) }
        if whole.isEmpty { text.append(UInt8(ascii: "0")) }
        text.append(UnsafeRawBufferPointer(rebasing: bytes[whole]))
        if !fraction.isEmpty {
            text.append(UInt8(ascii: "."))
            text.append(UnsafeRawBufferPointer(rebasing: bytes[fraction]))
        }
        text.append(UnsafeRawBufferPointer(rebasing: bytes[exponent...]))
        return true
    }
}

/// What a reader of CSV takes for something else than text.
package enum CSVText {
    /// Whether a field without quotes would be taken for a number, true or false; so a text that is to come back as
    /// one stands in quotes.
    package static func looksTyped(_ field: UnsafeRawBufferPointer) -> Bool {
        guard let first = field.first else { return false }
        if first == UInt8(ascii: "t") || first == UInt8(ascii: "f") {
            return field.elementsEqual("true".utf8) || field.elementsEqual("false".utf8)
        }
        guard first &- 0x30 < 10 || first == UInt8(ascii: "-") || first == 0x20 else { return false }
        var scratch = ByteWriter(capacity: 32)
        return CSVNumber.write(field, decimal: UInt8(ascii: "."), isStrict: true, into: &scratch)
    }
}
