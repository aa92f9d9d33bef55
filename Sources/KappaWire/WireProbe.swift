#if DEBUG
    /// Writes a message with other values than its own, as its declaration says that it is laid out: for a test that
    /// sends every field every value that its form can carry, also values that the writer of messages refuses.
    ///
    /// Fields are counted in the order of the declaration, those of a list's elements once, however many elements there
    /// are. Every list has one element where nothing else is asked for, so that all fields are met.
    package final class WireProbe {
        package enum Field: Equatable, Sendable {
            case integer(bits: Int)
            case text
            case bytes
            case list
        }

        package enum Value: Sendable {
            case integer(Int64)
            /// The bytes of a text, which need not be one.
            case text([UInt8])
            case bytes([UInt8])
            /// Elements that are all the same, or of which each has other numbers and texts.
            case list(count: Int, areSame: Bool)
        }

        private let choose: (Int, Field) -> Value?
        package private(set) var fields: [Field] = []
        /// The number of the element that is being written, of a list whose elements differ.
        private var element = 0
        private var isRepeating = false
        private var next = 0

        package init(_ choose: @escaping (Int, Field) -> Value?) { self.choose = choose }

        private func meet(_ field: Field) -> Value? {
            if !isRepeating { fields.append(field) }
            defer { next += 1 }
            return choose(next, field)
        }

        func integer<Number: FixedWidthInteger>(_ own: Number) -> Number {
            guard case .integer(let number)? = meet(.integer(bits: Number.bitWidth)) else {
                return own &+ Number(truncatingIfNeeded: element)
            }
            return Number(clamping: number) &+ Number(truncatingIfNeeded: element)
        }

        func write(text: String?, into wire: inout WireCoder) throws(WireError) {
            var bytes = text.map { Array($0.utf8) } ?? []
            if case .text(let chosen)? = meet(.text) { bytes = chosen }
            if element > 0 { bytes += Array("\(element)".utf8) }
            try wire.write(length: bytes.count, as: Int16.self)
            wire.writer.append(contentsOf: bytes)
        }

        func write(bytes own: [UInt8], into wire: inout WireCoder) throws(WireError) {
            var bytes = own
            if case .bytes(let chosen)? = meet(.bytes) { bytes = chosen }
            try wire.write(length: bytes.count, as: Int32.self)
            wire.writer.append(contentsOf: bytes)
        }

        func write<Element: WireValue>(listOf: Element.Type, into wire: inout WireCoder) throws(WireError) {
            var (count, areSame) = (1, true)
            if case .list(let chosen, let same)? = meet(.list) { (count, areSame) = (chosen, same) }
            try wire.write(length: count, as: Int32.self)
            let (first, wasElement, wasRepeating) = (next, element, isRepeating)
            let start = wire.writer.bytes.count
            var one = Element()
            try one.code(&wire)
            let bytes = Array(wire.writer.bytes[start...])
            for number in 1..<max(1, count) {
                guard !areSame else {
                    wire.writer.append(contentsOf: bytes)
                    continue
                }
                (next, element, isRepeating) = (first, number, true)
                var another = Element()
                try another.code(&wire)
            }
            (element, isRepeating) = (wasElement, wasRepeating)
        }
    }

    extension RequestMessage {
        /// A whole frame, laid out as this version is, with the values of a probe.
        package static func frame(
            correlationId: Int32, clientId: [UInt8], version: Int16, probe: WireProbe
        ) throws(WireError) -> [UInt8] {
            var body = WireCoder(writing: WireWriter(), version: version, isFlexible: version >= flexibleFrom)
            body.probe = probe
            var message = Self()
            try message.code(&body)
            var writer = WireWriter()
            let hasTags = version >= flexibleFrom
            writer.append(Int32(10 + clientId.count + (hasTags ? 1 : 0) + body.writer.bytes.count))
            writer.append(apiKey.rawValue)
            writer.append(version)
            writer.append(correlationId)
            writer.append(Int16(truncatingIfNeeded: clientId.count))
            writer.append(contentsOf: clientId)
            if hasTags { writer.append(UInt8(0)) }
            writer.append(contentsOf: body.writer.bytes)
            return writer.bytes
        }
    }
#endif
