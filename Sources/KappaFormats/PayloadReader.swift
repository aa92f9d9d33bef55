package import KappaCore

/// Reads the records of one topic for one thread: what it gives is borrowed until the next record.
package struct PayloadReader: ~Copyable {
    package let payload: Payload
    private let fields: [FieldPath]
    private var text = ByteWriter(capacity: 1024)
    /// The slots of each schema that has been met, the last one first to be looked at.
    private var slots: [SchemaSlots] = []
    private var current = -1

    /// For one schema; in a class, as it cannot be copied.
    private final class SchemaSlots {
        let plan: AvroPlan
        var slots: AvroSlots

        init(plan: AvroPlan, fields: [FieldPath]) {
            self.plan = plan
            slots = AvroSlots(plan: plan, fields: fields)
        }
    }

    package init(_ payload: Payload, fields: [FieldPath] = []) {
        self.payload = payload
        self.fields = fields
    }

    /// The record as JSON text.
    package mutating func json(
        _ bytes: UnsafeRawBufferPointer, header: SchemaFraming.Reference? = nil
    ) throws(PayloadFault) -> UnsafeRawBufferPointer {
        guard case .avro(let avro) = payload else { return bytes }
        let (way, value) = try avro.open(bytes, header: header)
        guard case .plan(let plan) = way else {
            if case .foreign(let language) = way { throw .foreign(language) }
            return value
        }
        text.removeAll()
        do { try plan.appendJSON(value, to: &text) } catch { throw .record("the value is not of its schema: \(error)") }
        return text.bytes
    }

    /// Reads the fields into their slots.
    package mutating func read(
        _ bytes: UnsafeRawBufferPointer, header: SchemaFraming.Reference? = nil
    ) throws(PayloadFault) {
        guard case .avro(let avro) = payload else { throw .record("JSON is read by its own reader") }
        let (way, value) = try avro.open(bytes, header: header)
        guard case .plan(let plan) = way else { throw .record("the value is not Avro") }
        if current < 0 || slots[current].plan !== plan { select(plan) }
        do { try slots[current].slots.read(value) } catch { throw .record("the value is not of its schema: \(error)") }
    }

    private mutating func select(_ plan: AvroPlan) {
        if let known = slots.firstIndex(where: { $0.plan === plan }) {
            current = known
            return
        }
        slots.append(SchemaSlots(plan: plan, fields: fields))
        current = slots.count - 1
    }

    @inline(__always)
    package func slot(_ index: Int) -> FieldSlot { slots[current].slots[index] }

    package func appendJSON(_ index: Int, to writer: inout ByteWriter) {
        slots[current].slots.appendJSON(index, to: &writer)
    }
}
