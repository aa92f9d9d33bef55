import KappaCore

/// A field that a job asked for, as it came out of a record: a number as a number, a text as its bytes, borrowed.
package struct FieldSlot {
    package enum Kind: UInt8, Sendable {
        case absent, null, boolean, whole, number, text
        /// A whole number that is a moment; `moment` says in which unit.
        case moment
        /// Everything that holds other values, and bytes: JSON text.
        case json
    }

    package internal(set) var kind: Kind
    var moment: AvroMoment = .date
    /// Whether JSON text stands at an address of its own, as that of a default does.
    var isConstant = false
    var count: UInt32 = 0
    /// The value itself, an address, or for JSON a place in the scratch text.
    var bits: UInt64 = 0

    static let absent = FieldSlot(kind: .absent)

    @inline(__always)
    init(kind: Kind) { self.kind = kind }

    @inline(__always)
    init(_ value: Double) {
        kind = .number
        bits = value.bitPattern
    }

    @inline(__always)
    init(_ value: Int64) {
        kind = .whole
        bits = UInt64(bitPattern: value)
    }

    @inline(__always)
    init(_ value: Bool) {
        kind = .boolean
        bits = value ? 1 : 0
    }

    @inline(__always)
    init(_ value: Int64, _ moment: AvroMoment) {
        kind = .moment
        self.moment = moment
        bits = UInt64(bitPattern: value)
    }

    @inline(__always)
    init(text: UnsafeRawBufferPointer) {
        kind = .text
        count = UInt32(truncatingIfNeeded: text.count)
        bits = UInt64(UInt(bitPattern: text.baseAddress))
    }

    /// The bytes of a text, valid as long as the record is.
    @inline(__always)
    package var text: UnsafeRawBufferPointer {
        guard kind == .text else { return UnsafeRawBufferPointer(start: nil, count: 0) }
        return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(bits)), count: Int(count))
    }

    /// A number of either kind; nil for everything else, and for what is no number.
    @inline(__always)
    package var double: Double? {
        switch kind {
        case .number:
            let value = Double(bitPattern: bits)
            return value.isFinite ? value : nil
        case .whole: return Double(Int64(bitPattern: bits))
        default: return nil
        }
    }

    /// The time of a timestamp.
    @inline(__always)
    package var milliseconds: Int64? { kind == .moment ? moment.milliseconds(Int64(bitPattern: bits)) : nil }
}
