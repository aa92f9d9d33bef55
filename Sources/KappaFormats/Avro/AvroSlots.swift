import Glibc
package import KappaCore

/// Takes the fields that a job asks for straight out of Avro's bytes, each into its slot; what nobody asked for is
/// checked and stepped over.
///
/// Every value is one operation of a flat array: a record and a union name the range of their parts. It belongs to one
/// thread.
package struct AvroSlots: ~Copyable {
    enum Code: UInt8 {
        case null, boolean, int, long, float, double, string
        case intAsFloat, intAsDouble, longAsFloat, longAsDouble
        case moment, symbols, union, record, constant
        case json, skip
    }

    struct Operation {
        var code: Code
        var moment: AvroMoment = .date
        /// The last slot takes what nobody wants.
        var slot: Int32
        var first: Int32 = 0
        var count: Int32 = 0
    }

    let plan: AvroPlan
    private let operations: UnsafeMutableBufferPointer<Operation>
    private let root: Int
    private let slots: UnsafeMutablePointer<FieldSlot>
    package let count: Int
    private let constants: UnsafeMutableBufferPointer<FieldSlot>
    private let symbols: UnsafeMutableBufferPointer<FieldSlot>
    /// What constants and symbols point into.
    private let memory: UnsafeMutableRawBufferPointer
    private var scratch = ByteWriter(capacity: 256)

    /// The fields are named by their way through nested records.
    package init(plan: AvroPlan, fields: [FieldPath]) {
        self.plan = plan
        count = fields.count
        var compiler = AvroSlotCompiler(plan: plan, fields: fields.map(\.components))
        root = compiler.compile()
        operations = .allocate(capacity: compiler.operations.count)
        _ = operations.initialize(from: compiler.operations)
        slots = .allocate(capacity: count + 1)
        slots.initialize(repeating: .absent, count: count + 1)
        memory = .allocate(byteCount: max(compiler.texts.count, 1), alignment: 8)
        memory.copyBytes(from: compiler.texts)
        constants = .allocate(capacity: compiler.constants.count)
        symbols = .allocate(capacity: compiler.symbols.count)
        for (index, value) in compiler.constants.enumerated() {
            constants.initializeElement(at: index, to: AvroSlots.placed(value, in: memory))
        }
        for (index, value) in compiler.symbols.enumerated() {
            symbols.initializeElement(at: index, to: AvroSlots.placed(value, in: memory))
        }
    }

    deinit {
        operations.deallocate()
        slots.deallocate()
        constants.deallocate()
        symbols.deallocate()
        memory.deallocate()
    }

    private static func placed(
        _ value: AvroSlotCompiler.Constant, in memory: UnsafeMutableRawBufferPointer
    ) -> FieldSlot {
        guard let text = value.text else { return value.slot }
        var slot = FieldSlot(text: UnsafeRawBufferPointer(rebasing: memory[text]))
        slot.kind = value.slot.kind
        slot.isConstant = true
        return slot
    }

    @inline(__always)
    package subscript(index: Int) -> FieldSlot { slots[index] }

    /// Reads a record. The slots are valid for as long as its bytes are, and until the next one.
    package mutating func read(_ bytes: UnsafeRawBufferPointer) throws(AvroFault) {
        for index in 0..<count { slots[index] = .absent }
        scratch.removeAll()
        var cursor = AvroCursor(bytes)
        try execute(operations[root], &cursor, depth: 0)
        guard cursor.remaining == 0 else { throw .trailingBytes }
    }

    private mutating func execute(
        _ operation: Operation, _ cursor: inout AvroCursor, depth: Int
    ) throws(AvroFault) {
        let slot = slots + Int(operation.slot)
        switch operation.code {
        case .null: slot.pointee = FieldSlot(kind: .null)
        case .boolean: slot.pointee = FieldSlot(try cursor.boolean())
        case .int: slot.pointee = FieldSlot(Int64(try cursor.int()))
        case .long: slot.pointee = FieldSlot(try cursor.long())
        case .float: slot.pointee = FieldSlot(Double(try cursor.float()))
        case .double: slot.pointee = FieldSlot(try cursor.double())
        case .string: slot.pointee = FieldSlot(text: try cursor.string())
        case .intAsFloat: slot.pointee = FieldSlot(Double(Float(try cursor.int())))
        case .intAsDouble: slot.pointee = FieldSlot(Double(try cursor.int()))
        case .longAsFloat: slot.pointee = FieldSlot(Double(Float(try cursor.long())))
        case .longAsDouble: slot.pointee = FieldSlot(Double(try cursor.long()))
        case .moment: slot.pointee = FieldSlot(try cursor.read(operation.moment), operation.moment)
        case .symbols:
            let index = try cursor.index(below: Int(operation.count), or: .badSymbol)
            slot.pointee = symbols[Int(operation.first) + index]
            guard slot.pointee.kind != .absent else { throw .unknownSymbol }
        case .union:
            let index = try cursor.index(below: Int(operation.count), or: .badBranch)
            try execute(operations[Int(operation.first) + index], &cursor, depth: depth)
        case .record:
            guard depth < AvroCursor.depthLimit else { throw .tooDeep }
            try cursor.spend(1)
            for index in Int(operation.first)..<Int(operation.first + operation.count) {
                try execute(operations[index], &cursor, depth: depth + 1)
            }
        case .constant: slot.pointee = constants[Int(operation.first)]
        case .json: slot.pointee = try render(operation.first, &cursor, depth: depth)
        case .skip: try plan.skip(operation.first, &cursor, depth: depth)
        }
    }

    private mutating func render(
        _ step: Int32, _ cursor: inout AvroCursor, depth: Int
    ) throws(AvroFault) -> FieldSlot {
        let start = scratch.count
        try plan.write(step, &cursor, &scratch, depth: depth)
        var slot = FieldSlot(kind: .json)
        slot.bits = UInt64(start)
        slot.count = UInt32(truncatingIfNeeded: scratch.count - start)
        return slot
    }

    /// The field as JSON text.
    package func appendJSON(_ index: Int, to writer: inout ByteWriter) {
        let slot = slots[index]
        switch slot.kind {
        case .absent, .null: writer.append(literal: "null")
        case .boolean: writer.append(text: slot.bits == 1 ? "true" : "false")
        case .whole: writer.append(decimal: Int64(bitPattern: slot.bits))
        case .number: AvroPlan.write(Double(bitPattern: slot.bits), &writer)
        case .text: writer.append(quoted: slot.text)
        case .moment: slot.moment.write(Int64(bitPattern: slot.bits), &writer)
        case .json: writer.append(json(slot))
        }
    }

    /// JSON that came out of a record stands in the scratch text, that of a default in memory of its own.
    private func json(_ slot: FieldSlot) -> UnsafeRawBufferPointer {
        if slot.isConstant {
            return UnsafeRawBufferPointer(start: UnsafeRawPointer(bitPattern: UInt(slot.bits)), count: Int(slot.count))
        }
        let start = Int(slot.bits)
        return scratch.bytes(start..<(start + Int(slot.count)))
    }
}
