import KappaCore

/// Turns a plan into the operations that fill slots.
struct AvroSlotCompiler {
    typealias Operation = AvroSlots.Operation

    /// A value that is known beforehand; its text lies in `texts`.
    struct Constant {
        var slot: FieldSlot
        var text: Range<Int>?
    }

    private struct Want {
        var slot: Int32
        var path: ArraySlice<String>
    }

    private let plan: AvroPlan
    private let wants: [Want]
    /// The slot that nobody looks at.
    private let nowhere: Int32
    private(set) var operations: [Operation] = []
    private(set) var constants: [Constant] = []
    private(set) var symbols: [Constant] = []
    private(set) var texts: [UInt8] = []

    init(plan: AvroPlan, fields: [[String]]) {
        self.plan = plan
        wants = fields.enumerated().map { Want(slot: Int32($0.offset), path: $0.element[...]) }
        nowhere = Int32(fields.count)
    }

    /// The place of the first operation.
    mutating func compile() -> Int {
        let top = operation(plan.root, wants)
        operations.append(top)
        return operations.count - 1
    }

    /// The operation for a value: in its own slot, or with parts that are wanted, or stepped over.
    private mutating func operation(_ step: Int32, _ wants: [Want]) -> Operation {
        let own = wants.first { $0.path.isEmpty }?.slot
        guard !wants.isEmpty else { return skip(step) }
        switch plan.steps[Int(step)] {
        case .forward(let inner), .tagged(_, let inner): return operation(inner, wants)
        case .union(let first, let count):
            let found = (0..<Int(count)).map { operation(plan.branches[Int(first) + $0], wants) }
            return Operation(code: .union, slot: nowhere, first: append(found), count: count)
        case .record(let first, let count, _, let defaults) where own == nil:
            var found: [Operation] = []
            for index in Int(first)..<Int(first + count) {
                let field = plan.fields[index]
                let inner = field.isSkipped ? [] : AvroSlotCompiler.under(plan.names[Int(field.name)], wants)
                found.append(operation(field.step, inner))
            }
            found += constants(of: plan.defaults[Int(defaults)], wants)
            return Operation(code: .record, slot: nowhere, first: append(found), count: Int32(found.count))
        default: return leaf(step, own)
        }
    }

    private static func under(_ name: String, _ wants: [Want]) -> [Want] {
        wants.filter { $0.path.first == name }.map { Want(slot: $0.slot, path: $0.path.dropFirst()) }
    }

    private mutating func append(_ found: [Operation]) -> Int32 {
        operations += found
        return Int32(operations.count - found.count)
    }

    /// Plain values are read into the slot that nobody looks at, which is quicker than asking what to step over.
    private func skip(_ step: Int32) -> Operation {
        simple(step, nowhere) ?? Operation(code: .skip, slot: nowhere, first: step)
    }

    private mutating func leaf(_ step: Int32, _ slot: Int32?) -> Operation {
        guard let slot else { return skip(step) }
        if let simple = simple(step, slot) { return simple }
        guard case .symbols(let first, let count) = plan.steps[Int(step)] else {
            return Operation(code: .json, slot: slot, first: step)
        }
        let start = symbols.count
        for index in Int(first)..<Int(first + count) {
            let text = plan.symbols[index]
            symbols.append(text.count < 0 ? Constant(slot: .absent) : constant(json: Array(plan.text(text))))
        }
        return Operation(code: .symbols, slot: slot, first: Int32(start), count: count)
    }

    private func simple(_ step: Int32, _ slot: Int32) -> Operation? {
        let code: AvroSlots.Code
        switch plan.steps[Int(step)] {
        case .null: code = .null
        case .boolean: code = .boolean
        case .int: code = .int
        case .long: code = .long
        case .float: code = .float
        case .double: code = .double
        case .string, .bytesAsString: code = .string
        case .intAsFloat: code = .intAsFloat
        case .intAsDouble: code = .intAsDouble
        case .longAsFloat: code = .longAsFloat
        case .longAsDouble: code = .longAsDouble
        case .moment(let moment): return Operation(code: .moment, moment: moment, slot: slot)
        default: return nil
        }
        return Operation(code: code, slot: slot)
    }

    private mutating func constants(of defaults: [(name: String, json: AvroPlan.Text)], _ wants: [Want]) -> [Operation]
    {
        var found: [Operation] = []
        for (name, json) in defaults {
            for want in AvroSlotCompiler.under(name, wants) {
                guard let text = AvroSlotCompiler.find(want.path, in: Array(plan.text(json))) else { continue }
                constants.append(constant(json: text))
                found.append(Operation(code: .constant, slot: want.slot, first: Int32(constants.count - 1)))
            }
        }
        return found
    }

    /// The part of a default that a longer path leads to.
    private static func find(_ path: ArraySlice<String>, in json: [UInt8]) -> [UInt8]? {
        var buffer = JSONBuffer(capacity: json.count)
        json.withUnsafeBytes { buffer.load($0) }
        guard var value = try? JSONValue(checking: buffer) else { return nil }
        for name in path { value = value.member(name) }
        return value.kind == .absent ? nil : Array(value.raw)
    }

    private mutating func constant(json: [UInt8]) -> Constant {
        var buffer = JSONBuffer(capacity: json.count)
        json.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer) else { return Constant(slot: .absent) }
        switch value.kind {
        case .null, .absent: return Constant(slot: FieldSlot(kind: .null))
        case .true, .false: return Constant(slot: FieldSlot(value.kind == .true))
        case .number: return Constant(slot: value.wholeNumber.map { FieldSlot($0) } ?? FieldSlot(value.double ?? .nan))
        case .string: return Constant(slot: FieldSlot(kind: .text), text: add(Array(value.text.utf8)))
        case .array, .object: return Constant(slot: FieldSlot(kind: .json), text: add(json))
        }
    }

    private mutating func add(_ text: [UInt8]) -> Range<Int> {
        texts += text
        return (texts.count - text.count)..<texts.count
    }
}
