import KappaCore

/// The rules of one span, shared by all sensors that have them: a reading costs one reference, not a copy of the
/// levels.
package final class RuleSpan: Sendable {
    package let rules: SensorRules
    /// A raw value is an engineering one already.
    let isIdentity: Bool
    /// The coefficients and the unit as they stand in a result, in JSON; null where there are none.
    let conversionJSON: [UInt8]
    let unitJSON: [UInt8]?

    init(_ rules: SensorRules) {
        self.rules = rules
        isIdentity = rules.conversion.isIdentity
        conversionJSON = RuleSpan.json(isIdentity ? nil : rules.conversion.description)
        unitJSON = rules.unit.map { RuleSpan.json($0) }
    }

    private static func json(_ text: String?) -> [UInt8] {
        guard let text else { return Array("null".utf8) }
        var writer = ByteWriter()
        writer.append(quoted: text)
        return Array(writer.bytes)
    }
}

/// Finds what holds for a sensor at a time, for a task that asks for every reading: a sensor's lines are put together
/// when it is first met, and sensors with the same lines share the outcome.
struct RegisterLookup: ~Copyable {
    private let register: Register
    private var keys = KeyTable()
    /// For each key the place of its spans.
    private var places: [Int32] = []
    private var spans: [[RuleSpan]] = []
    private var known: [[Int]: Int32] = [:]

    init(_ register: Register) { self.register = register }

    var sensors: Int { keys.count }

    /// Forgets all sensors: of use where only the rules are wanted, and keys may come without end.
    mutating func forget() {
        keys = KeyTable()
        places.removeAll(keepingCapacity: true)
    }

    /// The sensor's number: the same one for the same key.
    mutating func sensor(_ key: UnsafeRawBufferPointer) -> Int {
        let (index, isNew) = keys.number(of: key)
        if isNew { places.append(place(of: key)) }
        return index
    }

    func key(of sensor: Int) -> UnsafeRawBufferPointer { keys[sensor] }

    /// The rules that hold at a time. Most sensors have one span, and most readings are in the last one.
    @inline(__always)
    func rules(of sensor: Int, at time: Int64) -> RuleSpan {
        let place = Int(places[sensor])
        var index = spans[place].count - 1
        while index > 0, time < spans[place][index].rules.validFrom { index -= 1 }
        return spans[place][index]
    }

    private mutating func place(of key: UnsafeRawBufferPointer) -> Int32 {
        let lines = register.lines(for: key)
        if let place = known[lines] { return place }
        let place = Int32(spans.count)
        let merged = RegisterMerge.spans(lines.map { register.lines[$0] }, register.levelNames)
        spans.append(merged.map(RuleSpan.init))
        known[lines] = place
        return place
    }
}
