/// A value with a place in a message. One declaration drives both directions: reading sets the value, writing takes it.
package protocol WireValue {
    init()
    mutating func code(_ wire: inout WireCoder) throws(WireError)
}

/// A group of fields; where a version is flexible, its tagged fields follow by themselves.
package protocol WireStructure: WireValue {
    mutating func fields(_ wire: inout WireCoder) throws(WireError)
}

extension WireStructure {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        try fields(&wire)
        try wire.tags()
    }

    /// Makes one and fills it in: `.init { $0.index = 3 }`.
    package init(_ fill: (inout Self) throws -> Void) rethrows {
        self.init()
        try fill(&self)
    }
}

extension Int8: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.integer(&self) }
}

extension Int16: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.integer(&self) }
}

extension Int32: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.integer(&self) }
}

extension Int64: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.integer(&self) }
}

extension UInt16: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) { try wire.integer(&self) }
}

extension Double: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        var bits = bitPattern
        try wire.integer(&bits)
        self = Double(bitPattern: bits)
    }
}

extension Bool: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        var byte: Int8 = self ? 1 : 0
        try wire.integer(&byte)
        self = byte != 0
    }
}

extension String: WireValue {
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        var text: String? = self
        try wire.text(&text)
        guard let text else { throw .nullNotAllowed(index: wire.index) }
        self = text
    }
}

extension ErrorCode: WireValue {
    package init() { self = .noError }

    /// A code from a newer Kafka is unknown to us, and read as Kafka's own clients read it.
    package mutating func code(_ wire: inout WireCoder) throws(WireError) {
        var code = rawValue
        try wire.integer(&code)
        self = ErrorCode(rawValue: code) ?? .unknownServerError
    }
}
