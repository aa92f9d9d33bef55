/// Takes a message's fields one after the other, in the direction that it was made for.
///
/// It is one concrete type with a flag, not a protocol with two implementations: the fields of a message are then
/// compiled once, without generic dispatch, and a well-predicted branch tells reading from writing.
package struct WireCoder {
    package let version: Int16
    /// Flexible versions write lengths in variable-length numbers and end each structure with tagged fields.
    package let isFlexible: Bool
    package let isReading: Bool
    /// How many more elements the lists of this message may have in all. An empty text takes one byte of a message and
    /// sixteen of memory, a topic still more: without a bound a large message of tiny elements would be a lever.
    private var elementsLeft = WireCoder.maximumElements
    private var reader: WireReader
    var writer: WireWriter
    #if DEBUG
        /// Puts other values in the places of the message's own, for tests; away in release builds.
        var probe: WireProbe?
    #endif

    package static let maximumElements = 1 << 18
    /// The bytes of the longest text, in every version.
    package static let longestText = Int(Int16.max)

    init(reading reader: WireReader, version: Int16, isFlexible: Bool) {
        self.version = version
        self.isFlexible = isFlexible
        isReading = true
        self.reader = reader
        writer = WireWriter()
    }

    init(writing writer: consuming WireWriter, version: Int16, isFlexible: Bool) {
        self.version = version
        self.isFlexible = isFlexible
        isReading = false
        reader = WireReader(UnsafeRawBufferPointer(start: nil, count: 0))
        self.writer = writer
    }

    var index: Int { isReading ? reader.index : writer.count }

    func finish() throws(WireError) { try reader.finish() }

    @inline(__always)
    private func has(_ since: Int16, _ through: Int16) -> Bool {
        version >= since && version <= through
    }
}

// MARK: Fields, each in the versions that have it

extension WireCoder {
    package mutating func field<Value: WireValue>(
        _ value: inout Value, since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        guard has(since, through) else { return }
        try value.code(&self)
    }

    /// Where a version has no null, an empty text is written for nil, as Kafka does, and null is refused.
    package mutating func field(
        _ value: inout String?, since: Int16 = 0, through: Int16 = .max, nullSince: Int16 = 0
    ) throws(WireError) {
        guard has(since, through) else { return }
        if !isReading, version < nullSince, value == nil { value = "" }
        try text(&value)
        if version < nullSince, value == nil { throw .nullNotAllowed(index: index) }
    }

    /// Words for a person. They may quote what a client sent, and are cut to what a text can hold: an answer whose
    /// words are too long must not be lost for them.
    package mutating func field(
        words: inout String?, since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        if !isReading, let whole = words, whole.utf8.count > WireCoder.longestText {
            words = whole.cut(toBytes: WireCoder.longestText)
        }
        try field(&words, since: since, through: through)
    }

    package mutating func field<Element: WireValue>(
        _ array: inout [Element], since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        guard has(since, through) else { return }
        var list: [Element]? = array
        try self.list(&list)
        guard let list else { throw .nullNotAllowed(index: index) }
        array = list
    }

    /// Where a version has no null, nil cannot be written: an empty list means another thing.
    package mutating func field<Element: WireValue>(
        _ array: inout [Element]?, since: Int16 = 0, through: Int16 = .max, nullSince: Int16 = 0
    ) throws(WireError) {
        guard has(since, through) else { return }
        if !isReading, version < nullSince, array == nil { throw .nullNotAllowed(index: index) }
        try list(&array)
        if version < nullSince, array == nil { throw .nullNotAllowed(index: index) }
    }

    /// A structure that may be missing: a byte before it says so, -1 where it is.
    package mutating func field<Structure: WireStructure>(
        _ structure: inout Structure?, since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        guard has(since, through) else { return }
        var presence: Int8 = structure == nil ? -1 : 1
        try integer(&presence)
        guard presence >= 0 else { return structure = nil }
        var value = structure ?? Structure()
        try value.code(&self)
        structure = value
    }

    /// Bytes that outlive the request, such as a group member's metadata.
    package mutating func field(
        _ bytes: inout [UInt8], since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        guard has(since, through) else { return }
        #if DEBUG
            if let probe { return try probe.write(bytes: bytes, into: &self) }
        #endif
        guard let count = try length(bytes.count, as: Int32.self) else { throw .nullNotAllowed(index: index) }
        if isReading {
            bytes = Array(try reader.slice(count))
        } else {
            writer.append(contentsOf: bytes)
        }
    }

    /// Bytes that are borrowed from the request.
    package mutating func field(
        _ bytes: inout UnsafeRawBufferPointer?, since: Int16 = 0, through: Int16 = .max
    ) throws(WireError) {
        guard has(since, through) else { return }
        #if DEBUG
            if let probe { return try probe.write(bytes: Array(bytes ?? .init(start: nil, count: 0)), into: &self) }
        #endif
        let count = try length(bytes?.count, as: Int32.self)
        if isReading {
            bytes = if let count { try reader.slice(count) } else { nil }
        } else if let bytes {
            writer.append(contentsOf: bytes)
        }
    }
}

// MARK: What the fields are made of

extension WireCoder {
    mutating func integer<Value: FixedWidthInteger>(_ value: inout Value) throws(WireError) {
        #if DEBUG
            if let probe { return writer.append(probe.integer(value)) }
        #endif
        if isReading {
            value = try reader.integer(Value.self)
        } else {
            writer.append(value)
        }
    }

    mutating func text(_ text: inout String?) throws(WireError) {
        #if DEBUG
            if let probe { return try probe.write(text: text, into: &self) }
        #endif
        let count = try length(text?.utf8.count, as: Int16.self)
        // Kafka holds texts to this also where a version could tell a greater length: they are kept in records whose
        // lengths have two bytes.
        if let count, count > WireCoder.longestText {
            throw isReading
                ? .impossibleLength(count, index: index) : .tooLongToWrite(count, maximum: WireCoder.longestText)
        }
        if isReading {
            text = if let count { try reader.text(count) } else { nil }
        } else if let text {
            writer.append(contentsOf: text.utf8)
        }
    }

    mutating func list<Element: WireValue>(_ array: inout [Element]?) throws(WireError) {
        #if DEBUG
            if let probe { return try probe.write(listOf: Element.self, into: &self) }
        #endif
        let count = try length(array?.count, as: Int32.self)
        if isReading {
            array = if let count { try elements(count) } else { nil }
        } else if let array {
            for var element in array { try element.code(&self) }
        }
    }

    /// Every element takes a byte at least, so a longer count is a lie; memory then grows with the bytes really read.
    private mutating func elements<Element: WireValue>(_ count: Int) throws(WireError) -> [Element] {
        guard count <= reader.remaining else {
            throw .tooManyElements(count, index: reader.index, available: reader.remaining)
        }
        guard count <= elementsLeft else {
            throw .tooManyElementsInAll(maximum: WireCoder.maximumElements, index: reader.index)
        }
        elementsLeft -= count
        var array: [Element] = []
        array.reserveCapacity(min(count, 64))
        for _ in 0..<count {
            var element = Element()
            try element.code(&self)
            array.append(element)
        }
        return array
    }

    /// The length before a text, a list or bytes: nil is null. `Width` is that of versions which are not flexible.
    mutating func length<Width: FixedWidthInteger>(
        _ length: Int?, as width: Width.Type
    ) throws(WireError) -> Int? {
        guard isReading else {
            try write(length: length, as: width)
            return length
        }
        let read = isFlexible ? Int(try reader.variableLengthNumber()) - 1 : Int(try reader.integer(width))
        guard read >= -1 else { throw .impossibleLength(read, index: reader.index) }
        return read == -1 ? nil : read
    }

    mutating func write<Width: FixedWidthInteger>(
        length: Int?, as width: Width.Type
    ) throws(WireError) {
        let count = length ?? -1
        let maximum = isFlexible ? Int(Int32.max) - 1 : Int(Width.max)
        guard count <= maximum else { throw .tooLongToWrite(count, maximum: maximum) }
        if isFlexible {
            writer.append(variableLengthNumber: UInt32(count + 1))
        } else {
            writer.append(Width(count))
        }
    }

    /// Tagged fields are optional by their nature: those of others are skipped, and none are written.
    mutating func tags() throws(WireError) {
        guard isFlexible else { return }
        if isReading {
            try reader.skipTags()
        } else {
            writer.append(variableLengthNumber: 0)
        }
    }

    /// Tagged fields that are written, in the order of their numbers; those that come are skipped.
    mutating func tags(_ fields: [(tag: UInt32, bytes: [UInt8])]) throws(WireError) {
        guard isFlexible, !isReading else { return try tags() }
        writer.append(variableLengthNumber: UInt32(fields.count))
        for field in fields {
            writer.append(variableLengthNumber: field.tag)
            writer.append(variableLengthNumber: UInt32(field.bytes.count))
            writer.append(contentsOf: field.bytes)
        }
    }

    mutating func records(_ records: inout FetchedRecords) throws(WireError) {
        let count = try length(records.count, as: Int32.self)
        if isReading {
            records = if let count { .borrowed(try reader.slice(count)) } else { .null }
            return
        }
        switch records {
        case .null: break
        case .borrowed(let bytes): writer.append(contentsOf: bytes)
        case .elsewhere(let reference, let count): writer.splice(reference: reference, count: count)
        }
    }
}

extension String {
    /// The longest beginning of whole characters that fits in so many bytes.
    package func cut(toBytes most: Int) -> String {
        guard utf8.count > most else { return self }
        var end = utf8.index(utf8.startIndex, offsetBy: most)
        // Never inside the bytes of one scalar.
        while end > utf8.startIndex, utf8[end] & 0xC0 == 0x80 { end = utf8.index(before: end) }
        return String(self[..<end])
    }
}
