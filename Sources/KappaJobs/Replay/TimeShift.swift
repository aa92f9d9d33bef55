package import KappaCore

/// Moves the time inside a JSON value, so that a replayed reading is a reading of today.
package struct TimeShift: ~Copyable {
    package let span: ReplayPlan.Shift
    package let field: FieldPath
    private var splice = JSONSplice()
    private var writer = ByteWriter()
    /// Values that went on as they were, since they have no readable time.
    package private(set) var unmoved = 0

    package init(_ span: ReplayPlan.Shift, field: FieldPath) {
        self.span = span
        self.field = field
    }

    package func moved(_ time: Timestamp?) -> Timestamp? {
        time.map { Timestamp(milliseconds: $0.milliseconds + span.log) }
    }

    /// Calls `body` with the value as it is to be written.
    package mutating func withMoved<Answer>(
        _ value: UnsafeRawBufferPointer?, _ body: (UnsafeRawBufferPointer?) throws -> Answer
    ) rethrows -> Answer {
        guard span.event != 0, let value else { return try body(value) }
        writer.removeAll()
        let shift = span.event
        guard splice.replace(field, in: value, into: &writer, by: { TimeShift.moved($0, by: shift) }) else {
            unmoved += 1
            return try body(value)
        }
        return try body(writer.bytes)
    }

    /// A time in RFC 3339 stays one, in UTC; milliseconds since 1970 stay a number.
    private static func moved(_ value: JSONValue, by shift: Int64) -> [UInt8]? {
        guard let time = time(value) else { return nil }
        let moved = Timestamp(milliseconds: time.milliseconds + shift)
        return Array((value.kind == .string ? "\"\(moved.rfc3339)\"" : "\(moved.milliseconds)").utf8)
    }

    package static func time(_ value: JSONValue) -> Timestamp? {
        switch value.kind {
        case .string: Timestamp(rfc3339: value.text)
        case .number: value.double.flatMap { Int64(exactly: $0) }.map { Timestamp(milliseconds: $0) }
        default: nil
        }
    }
}
