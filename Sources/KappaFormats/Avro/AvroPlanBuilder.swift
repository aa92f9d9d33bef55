import KappaCore

/// Works a plan out: one step for each pair of a writer's and a reader's type that can meet.
struct AvroPlanBuilder {
    typealias Step = AvroPlan.Step
    typealias Text = AvroPlan.Text

    /// Two schemas whose types meet in more pairs than this are not worked out.
    private static let mostSteps = 200_000

    private struct Pair: Hashable {
        var writer: Int
        /// -1 where the value is only stepped over.
        var reader: Int
    }

    let writer: AvroSchema
    let reader: AvroSchema
    let style: AvroPlan.Style
    private(set) var steps: [Step] = []
    private(set) var fields: [AvroPlan.FieldStep] = []
    private(set) var symbols: [Text] = []
    private(set) var branches: [Int32] = []
    private(set) var texts: [UInt8] = []
    private(set) var names: [String] = []
    private(set) var defaults: [[(name: String, json: Text)]] = []
    private(set) var reasons: [String] = []
    private var met: [Pair: Int32] = [:]

    init(writer: AvroSchema, reader: AvroSchema, style: AvroPlan.Style) {
        self.writer = writer
        self.reader = reader
        self.style = style
    }

    /// The step for a writer's type that is read as one of the reader's.
    mutating func resolve(_ from: Int, _ to: Int) -> Int32 {
        resolve(Pair(writer: from, reader: to))
    }

    private mutating func resolve(_ pair: Pair) -> Int32 {
        if let known = met[pair] { return known }
        let place = Int32(steps.count)
        guard steps.count < AvroPlanBuilder.mostSteps else { return refuse("the two schemas are too large together") }
        // A type that holds itself finds its own place here.
        met[pair] = place
        steps.append(.null)
        steps[Int(place)] = step(pair)
        return place
    }

    /// The step for a value that nobody wants.
    private mutating func skip(_ from: Int) -> Int32 { resolve(Pair(writer: from, reader: -1)) }

    private mutating func step(_ pair: Pair) -> Step {
        let from = writer.types[pair.writer]
        if from.kind == .union {
            let found = from.branches.map { resolve(Pair(writer: $0, reader: pair.reader)) }
            if !found.isEmpty, found.allSatisfy(isRefused) { return steps[Int(found[0])] }
            branches += found
            return .union(first: Int32(branches.count - found.count), count: Int32(found.count))
        }
        guard pair.reader >= 0 else { return same(from, reader: nil) }
        let to = reader.types[pair.reader]
        if to.kind == .union { return choose(pair.writer, among: to) }
        if let promoted = AvroPlanBuilder.promotion(from.kind, to.kind) { return promoted }
        if from.kind == .int, to.kind == .long { return same(from, reader: to) }
        guard from.kind == to.kind else { return refusal("\(from.label) is not read as \(to.label)") }
        if from.kind.isNamed, !AvroPlanBuilder.isSame(from, to) {
            return refusal("\(from.label) is not read as \(to.label), which has another name and no alias for it")
        }
        return same(from, reader: to)
    }

    /// The name without its namespace decides, as the specification has it.
    private static func isSame(_ from: AvroType, _ to: AvroType) -> Bool {
        from.name.short == to.name.short || to.aliases.contains { $0.short == from.name.short }
    }

    private static func promotion(_ from: AvroType.Kind, _ to: AvroType.Kind) -> Step? {
        switch (from, to) {
        case (.int, .float): .intAsFloat
        case (.int, .double): .intAsDouble
        case (.long, .float): .longAsFloat
        case (.long, .double): .longAsDouble
        case (.float, .double): .float
        case (.bytes, .string): .bytesAsString
        case (.string, .bytes): .stringAsBytes
        default: nil
        }
    }

    /// A value for a union of the reader: the branch of its very type, or else the first that it can be read as.
    private mutating func choose(_ from: Int, among union: AvroType) -> Step {
        let type = writer.types[from]
        let exact = union.branches.filter {
            let branch = reader.types[$0]
            return branch.kind == type.kind && (!type.kind.isNamed || branch.name == type.name)
        }
        for branch in exact + union.branches.filter({ !exact.contains($0) }) {
            let step = resolve(from, branch)
            guard !isRefused(step) else { continue }
            guard style == .avro, reader.types[branch].kind != .null else { return .forward(step) }
            return .tagged(add("{\(AvroPlanBuilder.quoted(reader.types[branch].label)):"), step)
        }
        return refusal("\(type.label) is read as none of \(union.branches.map { reader.types[$0].label })")
    }

    func isRefused(_ step: Int32) -> Bool {
        if case .refuse = steps[Int(step)] { return true }
        return false
    }

    private mutating func refusal(_ reason: String) -> Step {
        reasons.append(reason)
        return .refuse(Int32(reasons.count - 1))
    }

    private mutating func refuse(_ reason: String) -> Int32 {
        steps.append(refusal(reason))
        return Int32(steps.count - 1)
    }

    /// Types of one kind; with no reader the value is stepped over.
    private mutating func same(_ from: AvroType, reader to: AvroType?) -> Step {
        switch from.kind {
        case .null: return .null
        case .boolean: return .boolean
        case .int, .long:
            if let moment = moment(from, to) { return .moment(moment) }
            return from.kind == .int ? .int : .long
        case .float: return .float
        case .double: return .double
        case .string: return .string
        case .bytes, .fixed:
            if let to, from.kind == .fixed, from.size != to.size {
                return refusal("\(to.label) has \(to.size) bytes, and the writer's has \(from.size)")
            }
            let size = from.kind == .fixed ? Int32(from.size) : -1
            if style == .plain, to != nil, case .decimal(_, let scale) = from.logical ?? to?.logical {
                return .decimal(scale: Int32(scale), size: size)
            }
            return from.kind == .fixed ? .fixed(size: size) : .bytes
        case .enumeration: return enumeration(from, to)
        case .array, .map: return collection(from, to)
        case .record: return record(from, to)
        case .union: return refusal("a union stands inside a union")
        }
    }

    /// The writer knew best what its number means; where it did not say, the reader may.
    private func moment(_ from: AvroType, _ to: AvroType?) -> AvroMoment? {
        guard style == .plain, let to else { return nil }
        return (from.logical ?? to.logical).flatMap(AvroMoment.init)
    }

    private mutating func enumeration(_ from: AvroType, _ to: AvroType?) -> Step {
        let first = Int32(symbols.count)
        for symbol in from.symbols {
            let known = to.map { $0.symbols.contains(symbol) ? symbol : $0.symbolDefault } ?? symbol
            symbols.append(known.map { add(AvroPlanBuilder.quoted($0)) } ?? Text(start: 0, count: -1))
        }
        return .symbols(first: first, count: Int32(from.symbols.count))
    }

    private mutating func collection(_ from: AvroType, _ to: AvroType?) -> Step {
        // Items that do not resolve are in nobody's way while there are none.
        let element = to.map { resolve(from.element, $0.element) } ?? skip(from.element)
        return from.kind == .array ? .array(element) : .map(element)
    }

    mutating func add(_ text: String) -> Text {
        let start = Int32(texts.count)
        texts += Array(text.utf8)
        return Text(start: start, count: Int32(texts.count) - start)
    }

    static func quoted(_ text: String) -> String {
        var writer = ByteWriter()
        writer.append(quoted: text)
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

// MARK: Records

extension AvroPlanBuilder {
    private mutating func record(_ from: AvroType, _ to: AvroType?) -> Step {
        guard let to else { return record(from, places: from.fields.map { _ in nil }, to: nil) }
        // The writer's field of that name, or else of an alias; each is taken once.
        var places = [Int?](repeating: nil, count: from.fields.count)
        var absent: [AvroField] = []
        for (index, field) in to.fields.enumerated() {
            let place =
                from.fields.firstIndex { $0.name == field.name }
                ?? from.fields.firstIndex { other in
                    field.aliases.contains(other.name) && !to.fields.contains { $0.name == other.name }
                }
            guard let place, places[place] == nil else {
                absent.append(field)
                continue
            }
            places[place] = index
        }
        var tails: [(name: String, json: [UInt8])] = []
        for field in absent {
            guard let text = field.fallback else {
                return refusal("the writer's \(from.label) has no field \"\(field.name)\", and it has no default")
            }
            do { tails.append((field.name, try AvroDefault(reader, field.type, text).json(style))) } catch {
                return refusal("the default of \(to.label).\(field.name) is none: \(error)")
            }
        }
        return record(from, places: places, to: to, tails: tails)
    }

    /// `places` tells for each field of the writer which one of the reader it is.
    private mutating func record(
        _ from: AvroType, places: [Int?], to: AvroType?, tails: [(name: String, json: [UInt8])] = []
    ) -> Step {
        var own: [AvroPlan.FieldStep] = []
        var isFirst = true
        for (field, place) in zip(from.fields, places) {
            guard let place, let target = to?.fields[place] else {
                let step = skip(field.type)
                own.append(.init(step: step, prefix: Text(start: 0, count: 0), isSkipped: true, name: -1))
                continue
            }
            let step = resolve(field.type, target.type)
            if isRefused(step) { return steps[Int(step)] }
            names.append(target.name)
            let prefix = add("\(isFirst ? "" : ",")\(AvroPlanBuilder.quoted(target.name)):")
            own.append(.init(step: step, prefix: prefix, isSkipped: false, name: Int32(names.count - 1)))
            isFirst = false
        }
        fields += own
        let first = Int32(fields.count - own.count)
        var tail = ""
        var fallbacks: [(name: String, json: Text)] = []
        for (name, json) in tails {
            let text = String(decoding: json, as: UTF8.self)
            tail += "\(isFirst ? "" : ",")\(AvroPlanBuilder.quoted(name)):\(text)"
            fallbacks.append((name, add(text)))
            isFirst = false
        }
        defaults.append(fallbacks)
        return .record(
            first: first, count: Int32(own.count), tail: add(tail + "}"), defaults: Int32(defaults.count - 1))
    }
}
