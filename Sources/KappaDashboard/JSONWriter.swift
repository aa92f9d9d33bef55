import KappaCore

/// Puts JSON together piece by piece; commas come by themselves.
struct JSONWriter: ~Copyable {
    private(set) var bytes: [UInt8] = []
    private var quoted = ByteWriter(capacity: 256)
    private var needsComma = false

    mutating func object(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open("{")
        try body(&self)
        close("}")
    }

    mutating func array(_ body: (inout JSONWriter) throws -> Void) rethrows {
        open("[")
        try body(&self)
        close("]")
    }

    mutating func key(_ name: String) {
        string(name)
        bytes.append(UInt8(ascii: ":"))
        needsComma = false
    }

    mutating func key(_ name: String, _ text: String?) {
        key(name)
        string(text)
    }

    mutating func key(_ name: String, _ value: Double?) {
        key(name)
        number(value)
    }

    mutating func key(_ name: String, _ value: Int64?) {
        key(name)
        number(value)
    }

    mutating func key(_ name: String, _ value: Bool) {
        key(name)
        raw(value ? "true" : "false")
    }

    /// What is JSON already.
    mutating func json(_ bytes: [UInt8]) {
        comma()
        self.bytes += bytes
        needsComma = true
    }

    mutating func numbers(_ name: String, _ values: [Double]) {
        key(name)
        array { for value in values { $0.number(value) } }
    }

    mutating func numbers(_ name: String, _ values: [Int64]) {
        key(name)
        array { for value in values { $0.number(value) } }
    }

    mutating func number(_ value: Double?) {
        guard let value, value.isFinite else { return raw("null") }
        raw(value == value.rounded() && abs(value) < 1e15 ? String(Int64(value)) : "\(value)")
    }

    mutating func number(_ value: Int64?) { raw(value.map { String($0) } ?? "null") }

    /// Text of anybody's choosing. `<` needs no care: no answer in JSON is ever taken for markup.
    mutating func string(_ text: String?) {
        guard let text else { return raw("null") }
        comma()
        quoted.removeAll()
        quoted.append(quoted: text)
        bytes += quoted.bytes
        needsComma = true
    }

    private mutating func raw(_ text: String) {
        comma()
        bytes += Array(text.utf8)
        needsComma = true
    }

    private mutating func open(_ bracket: Unicode.Scalar) {
        comma()
        bytes.append(UInt8(ascii: bracket))
        needsComma = false
    }

    private mutating func close(_ bracket: Unicode.Scalar) {
        bytes.append(UInt8(ascii: bracket))
        needsComma = true
    }

    private mutating func comma() {
        if needsComma { bytes.append(UInt8(ascii: ",")) }
        needsComma = false
    }
}
