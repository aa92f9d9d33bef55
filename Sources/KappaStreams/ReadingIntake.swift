import KappaCore

/// From a record's bytes to checked readings: opens a reading or a snapshot and gives its readings one by one.
///
/// The fields are checked in the order key, carried, value, time, and the first fault is the one that is told.
struct ReadingIntake: ~Copyable {
    /// A reading that passed; its key and carried fields stand in `key` and `carried`.
    struct Reading {
        var time: Int64
        var value: Double
        var route: Int
    }

    enum Outcome {
        case reading(Reading)
        case rejected(Rejection)
        case filtered
    }

    private struct Field {
        var index: Int
        var kind: FieldRule.Kind
        var isOptional: Bool
    }

    private let plan: WindowPlan
    private let names: [String]
    /// Without a count of references: they are walked for every reading.
    private let keyFields: UnsafeMutableBufferPointer<Field>
    private let carryFields: UnsafeMutableBufferPointer<Field>
    private let valueIndex: Int
    private let timeIndex: Int
    private let routeIndex: Int
    private let dedupIndex: Int
    private let itemsIndex: Int
    private let zoneIndex: Int
    private let routes: TextTable
    private let checksFuture: Bool
    private let calibrates: Bool
    private var register: RegisterLookup?
    private let temperatureIndex: Int
    /// The place of the carried field that says the unit; the register knows better.
    private let unitPlace: Int?
    /// Where that field's text begins among the carried ones.
    private var unitStart = 0
    /// The calibration of each key that has come.
    private var sensors: [[UInt8]: Calibration.Line?] = [:]

    private var buffer = JSONBuffer()
    /// The record at hand, in the buffer or where it lies.
    private var text = UnsafeRawBufferPointer(start: nil, count: 0)
    private var outer: JSONFieldReader
    private var inner: JSONFieldReader
    private var items: JSONItems?
    private var itemCount = 0

    private var times = TimestampReader()
    private(set) var key = ByteWriter(capacity: 128)
    private(set) var carried = ByteWriter(capacity: 256)
    /// The reading now at hand: the whole record, or an item of it.
    private(set) var current = JSONValue.absent
    /// Its place among the items of a snapshot.
    var itemIndex: Int? { items == nil ? nil : itemCount - 1 }

    init(plan: WindowPlan, checksFuture: Bool = true) {
        self.plan = plan
        self.checksFuture = checksFuture
        calibrates = !plan.calibration.isEmpty
        var names: [String] = []
        func index(_ name: String) -> Int {
            if let known = names.firstIndex(of: name) { return known }
            names.append(name)
            return names.count - 1
        }
        let key = plan.key.map { Field(index: index($0.name), kind: $0.kind, isOptional: false) }
        let carry = plan.carry.map { Field(index: index($0.name), kind: $0.kind, isOptional: $0.isOptional) }
        keyFields = .allocate(capacity: key.count)
        _ = keyFields.initialize(from: key)
        carryFields = .allocate(capacity: carry.count)
        _ = carryFields.initialize(from: carry)
        valueIndex = index(plan.value)
        timeIndex = index(plan.time)
        // Without any the route only says where a key's records lie.
        routeIndex = plan.routes.isEmpty ? -1 : plan.route.map(index) ?? -1
        dedupIndex = plan.dedup.map(index) ?? -1
        itemsIndex = index(plan.items)
        zoneIndex = index("timezone")
        let converts = plan.convertsByRegister
        register = converts ? RegisterLookup(plan.register) : nil
        unitPlace = converts ? plan.carry.firstIndex { $0.name == WindowPlan.unitField } : nil
        temperatureIndex = converts ? index(plan.temperature) : -1
        routes = TextTable(plan.routes.count) { index, bytes in bytes.append(text: plan.routes[index]) }
        self.names = names
        outer = JSONFieldReader(fields: names)
        inner = JSONFieldReader(fields: names)
    }

    deinit {
        keyFields.deallocate()
        carryFields.deallocate()
    }

    /// Loads a record; its readings are then given by `next`.
    mutating func open(_ value: UnsafeRawBufferPointer?) -> Rejection? {
        buffer.load(value ?? UnsafeRawBufferPointer(start: nil, count: 0))
        return open(terminated: buffer.bytes)
    }

    /// The same where the record lies in memory that can be read for some way behind it: without a copy, if a zero
    /// stands behind it. Its readings are then valid for as long as that memory.
    mutating func open(inPlace value: UnsafeRawBufferPointer) -> Rejection? {
        guard let base = value.baseAddress, base.load(fromByteOffset: value.count, as: UInt8.self) == 0 else {
            return open(value)
        }
        return open(terminated: value)
    }

    private mutating func open(terminated text: UnsafeRawBufferPointer) -> Rejection? {
        self.text = text
        items = nil
        itemCount = 0
        do {
            guard try outer.read(terminated: text) == .object else { return Rejection(.notAnObject) }
        } catch {
            let place = error == .empty ? "" : ", at byte \(outer.faultOffset)"
            return Rejection(.notJSON, detail: "\(error)\(place)")
        }
        let list = outer[itemsIndex]
        guard list.kind != .absent else { return nil }
        guard list.kind == .array else { return Rejection(.notAnObject, field: plan.items) }
        items = JSONItems(list)
        return nil
    }

    /// Moves to the next reading of the record; false after the last one.
    mutating func next() -> Bool {
        guard items != nil else {
            itemCount += 1
            guard itemCount == 1 else { return false }
            current = JSONValue(whole: text, kind: .object)
            return true
        }
        guard let item = items?.next(into: &inner) else { return false }
        current = item
        itemCount += 1
        return true
    }

    var isSnapshot: Bool { items != nil }

    /// The bytes of the item at hand; nil when the reading is the whole record.
    var item: UnsafeRawBufferPointer? { items == nil ? nil : current.raw }

    @inline(__always)
    private func field(_ index: Int) -> JSONValue { items == nil ? outer[index] : inner[index] }

    /// Checks the reading at hand.
    @inline(__always)
    mutating func check(timestamp: Int64) -> Outcome {
        guard items == nil || current.kind == .object else { return .rejected(Rejection(.notAnObject)) }
        if !plan.filters.isEmpty, !plan.filters.allSatisfy({ $0.accepts(current) }) { return .filtered }
        if let fault = takeKey() ?? takeCarried() { return .rejected(fault) }
        let value = field(valueIndex)
        if let reason = FieldRule.fault(of: value, kind: .number) { return reject(reason, valueIndex) }
        // No sum of that many readings then leaves the doubles.
        guard var number = value.double, abs(number) <= 1e290 else { return reject(.wrongType, valueIndex) }
        if calibrates {
            number = calibrated(number)
            guard abs(number) <= 1e290 else { return reject(.wrongType, valueIndex) }
        }
        return checkTime(timestamp: timestamp, value: number + 0.0)
    }

    /// The measured value of a raw one; what has no line is measured already.
    private mutating func calibrated(_ raw: Double) -> Double {
        let key = Array(key.bytes)
        let line: Calibration.Line?
        if let known = sensors[key] {
            line = known
        } else {
            line = plan.calibration.line(of: key)
            // A stream may hold keys without end; what is known of them is asked for again.
            if sensors.count == 100_000 { sensors.removeAll(keepingCapacity: true) }
            sensors[key] = .some(line)
        }
        guard let line else { return raw }
        return raw * line.factor + line.offset
    }

    private mutating func checkTime(timestamp: Int64, value: Double) -> Outcome {
        let text = field(timeIndex)
        if let reason = FieldRule.fault(of: text, kind: .string) { return reject(reason, timeIndex) }
        guard let time = readTime(text) else { return reject(.badTime, timeIndex) }
        var value = value
        if register != nil, let outcome = convert(&value, at: time.milliseconds) { return outcome }
        if checksFuture, time.milliseconds - timestamp > plan.maxFutureMilliseconds {
            return reject(.future, timeIndex)
        }
        if dedupIndex >= 0, let reason = FieldRule.fault(of: field(dedupIndex), kind: .any) {
            return reject(reason, dedupIndex)
        }
        guard routeIndex >= 0 else { return .reading(Reading(time: time.milliseconds, value: value, route: 0)) }
        let name = field(routeIndex)
        if let reason = FieldRule.fault(of: name, kind: .string) { return reject(reason, routeIndex) }
        guard let route = route(of: name) else { return reject(.unknownRoute, routeIndex) }
        return .reading(Reading(time: time.milliseconds, value: value, route: route))
    }

    /// Keys may come without end; what is known of them is asked for again.
    private static let mostSensors = 1_000_000

    /// Makes an engineering value of the raw one by what the register says for its time, and keeps the raw one and the
    /// coefficients with what is carried; what stands against it, if anything does.
    private mutating func convert(_ value: inout Double, at time: Int64) -> Outcome? {
        if register?.sensors == ReadingIntake.mostSensors { register?.forget() }
        guard let sensor = register?.sensor(key.bytes), let span = register?.rules(of: sensor, at: time) else {
            return nil
        }
        if let unit = span.unitJSON, let place = unitPlace { carry(unit: unit, at: place) }
        keep(span)
        guard !span.isIdentity else { return nil }
        var celsius = 0.0
        if span.rules.conversion.needsTemperature {
            let field = field(temperatureIndex)
            if let reason = FieldRule.fault(of: field, kind: .number) { return reject(reason, temperatureIndex) }
            guard let number = field.double, abs(number) <= 1e6 else { return reject(.wrongType, temperatureIndex) }
            celsius = number
        }
        value = span.rules.conversion.value(value, temperature: celsius) + 0.0
        return abs(value) <= 1e290 ? nil : reject(.wrongType, valueIndex)
    }

    private mutating func keep(_ span: RuleSpan) {
        CarriedText.append(field(valueIndex).raw, to: &carried)
        span.conversionJSON.withUnsafeBytes { CarriedText.append($0, to: &carried) }
    }

    /// Puts the register's unit where the reading's own one was carried, and what follows it once more behind.
    private mutating func carry(unit: [UInt8], at place: Int) {
        carried.truncate(to: unitStart)
        unit.withUnsafeBytes { CarriedText.append($0, to: &carried) }
        for index in (place + 1)..<carryFields.count { append(carryFields[index], carriedValue(carryFields[index])) }
    }

    private func reject(_ reason: Rejection.Reason, _ index: Int) -> Outcome {
        .rejected(Rejection(reason, field: names[index]))
    }

    private mutating func takeKey() -> Rejection? {
        key.removeAll()
        for field in keyFields {
            let value = self.field(field.index)
            if let reason = FieldRule.fault(of: value, kind: field.kind) {
                return Rejection(reason, field: names[field.index])
            }
            guard value.length < 4096 else { return Rejection(.wrongType, field: names[field.index]) }
            KeyText.append(value, to: &key)
        }
        return nil
    }

    private mutating func takeCarried() -> Rejection? {
        carried.removeAll()
        for index in 0..<carryFields.count {
            let field = carryFields[index]
            let value = carriedValue(field)
            if index == unitPlace { unitStart = carried.count }
            if !field.isOptional, let reason = FieldRule.fault(of: value, kind: field.kind) {
                return Rejection(reason, field: names[field.index])
            }
            append(field, value)
        }
        return nil
    }

    /// What a reading of a snapshot does not say, the snapshot may say for all.
    @inline(__always)
    private func carriedValue(_ field: Field) -> JSONValue {
        let value = self.field(field.index)
        return field.isOptional && value.kind == .absent && items != nil ? outer[field.index] : value
    }

    @inline(__always)
    private mutating func append(_ field: Field, _ value: JSONValue) {
        if field.isOptional, value.kind == .absent || value.kind == .null {
            CarriedText.appendNull(to: &carried)
        } else {
            CarriedText.append(value.raw, to: &carried)
        }
    }

    private func route(of name: JSONValue) -> Int? {
        guard !name.isEscaped else { return plan.routes.firstIndex(of: name.text) }
        let content = name.content
        for index in 0..<routes.count where WindowTable.same(routes[index], content) { return index }
        return nil
    }

    /// A time without a zone is UTC, but not inside an envelope that says otherwise.
    private mutating func readTime(_ value: JSONValue) -> Timestamp? {
        let time = value.isEscaped ? Timestamp(rfc3339: value.text) : times.read(value.content)
        guard items != nil, outer[zoneIndex].kind != .absent, outer[zoneIndex].kind != .null else { return time }
        guard !["UTC", "Z", "GMT", "Etc/UTC"].contains(outer[zoneIndex].text) else { return time }
        let clockTime = value.text.drop { $0 != "T" && $0 != "t" && $0 != " " }
        return clockTime.contains { "Zz+-".contains($0) } ? time : nil
    }

    /// The identity that `dedup` compares.
    var identity: [UInt8] { dedupIndex >= 0 ? Array(field(dedupIndex).text.utf8) : [] }

    /// The reading at hand as one object that stands alone: a snapshot's item with its envelope's optional fields.
    func writeAlone(to writer: inout ByteWriter) {
        let raw = current.raw
        var missing = carryFields.filter { $0.isOptional && field($0.index).kind == .absent }
        if items == nil { missing = [] }
        missing.removeAll { outer[$0.index].kind == .absent }
        guard !missing.isEmpty else { return writer.append(raw) }
        writer.append(UnsafeRawBufferPointer(rebasing: raw[..<(raw.count - 1)]))
        for field in missing {
            writer.append(literal: ",")
            writer.append(quoted: names[field.index])
            writer.append(literal: ":")
            writer.append(outer[field.index].raw)
        }
        writer.append(literal: "}")
    }
}
