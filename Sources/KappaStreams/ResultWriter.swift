import KappaCore

/// A closed window as a JSON record: the key, the carried fields, the mean under the value's own name, the rest.
struct ResultWriter: ~Copyable {
    private let plan: WindowPlan
    private let recordKey: [Int]
    private let meanPlace: Int
    private let keyCount: Int
    private let carriedCount: Int
    /// `"name":` of each field, ready to be written: the keys' names, the carried ones', the value's, the time's.
    private let names: TextTable
    /// The bounds of the window that came out last, written: all windows of one end share them.
    private var bounds = ByteWriter()
    private var boundsEnd = Int64.min

    init(plan: WindowPlan) {
        self.plan = plan
        recordKey = plan.recordKey
        // The value stands after the fields that are always there and before the optional ones (units).
        meanPlace = plan.carry.firstIndex { $0.isOptional } ?? plan.carry.count
        keyCount = plan.key.count
        let carried = plan.carry.map(\.name) + plan.keptFields.map(\.name)
        carriedCount = carried.count
        let fields = plan.key.map(\.name) + carried + [plan.value, plan.time]
        names = TextTable(fields.count) { index, bytes in
            bytes.append(quoted: fields[index])
            bytes.append(literal: ":")
        }
    }

    mutating func append(_ state: UnsafeMutablePointer<WindowState>, end: Int64, to emission: inout Emission) {
        let keyStart = emission.bytes.count
        appendRecordKey(state.pointee.key, to: &emission.bytes)
        let valueStart = emission.bytes.count
        emission.bytes.append(UInt8(ascii: "{"))
        appendKey(state.pointee.key, to: &emission.bytes)
        appendCarried(state, to: &emission.bytes)
        appendTimes(state, end: end, to: &emission.bytes)
        for aggregate in plan.aggregates where aggregate != .mean { append(aggregate, of: state, to: &emission.bytes) }
        emission.bytes.append(UInt8(ascii: "}"))
        emission.records.append(
            Emitted(
                target: .result, route: Int(state.pointee.route), key: keyStart..<valueStart,
                value: valueStart..<emission.bytes.count, isWholeRecord: false, timestamp: end - 1, notes: []))
    }

    /// The fields of the record key, joined by a bar when there are several.
    func appendRecordKey(_ key: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        var place = 0
        var isFirst = true
        for index in plan.key.indices {
            let part = KeyText.part(of: key, at: &place)
            guard recordKey.contains(index) else { continue }
            if !isFirst { writer.append(literal: "|") }
            writer.append(part.text)
            isFirst = false
        }
    }

    /// Whether, and why, a record does not lie where its key belongs.
    func misplaced(_ record: SourceRecord, by key: UnsafeRawBufferPointer, _ placement: Placement) -> Rejection? {
        var expected = ByteWriter(capacity: key.count)
        appendRecordKey(key, to: &expected)
        return placement.fault(of: record.key, expected: expected.bytes)
    }

    private func appendKey(_ key: UnsafeRawBufferPointer, to writer: inout ByteWriter) {
        var place = 0
        for index in 0..<keyCount {
            if index > 0 { writer.append(literal: ",") }
            writer.append(names[index])
            let part = KeyText.part(of: key, at: &place)
            if part.isString { writer.append(quoted: part.text) } else { writer.append(part.text) }
        }
    }

    private func appendCarried(_ state: UnsafeMutablePointer<WindowState>, to writer: inout ByteWriter) {
        let carried = state.pointee.carried
        var place = 0
        for index in 0...carriedCount {
            if index == meanPlace, plan.aggregates.contains(.mean) { appendMean(state, to: &writer) }
            guard index < carriedCount else { break }
            writer.append(literal: ",")
            writer.append(names[keyCount + index])
            writer.append(CarriedText.next(of: carried, at: &place))
        }
    }

    private func appendMean(_ state: UnsafeMutablePointer<WindowState>, to writer: inout ByteWriter) {
        writer.append(literal: ",")
        writer.append(names[keyCount + carriedCount])
        writer.append(number: state.pointee.exactSum / Double(state.pointee.count))
    }

    private mutating func appendTimes(
        _ state: UnsafeMutablePointer<WindowState>, end: Int64, to writer: inout ByteWriter
    ) {
        writer.append(literal: ",")
        writer.append(names[keyCount + carriedCount + 1])
        writer.append(literal: "\"")
        writer.append(time: Timestamp(milliseconds: state.pointee.latestTime))
        if end != boundsEnd { writeBounds(start: state.pointee.start, end: end) }
        writer.append(bounds.bytes)
    }

    private mutating func writeBounds(start: Int64, end: Int64) {
        boundsEnd = end
        bounds.removeAll()
        bounds.append(literal: "\",\"window_start\":\"")
        bounds.append(time: Timestamp(milliseconds: start))
        bounds.append(literal: "\",\"window_end\":\"")
        bounds.append(time: Timestamp(milliseconds: end))
        bounds.append(literal: "\"")
    }

    private func append(
        _ aggregate: Aggregate, of state: UnsafeMutablePointer<WindowState>, to writer: inout ByteWriter
    ) {
        switch aggregate {
        case .mean: break
        case .count:
            writer.append(literal: ",\"count\":")
            writer.append(decimal: Int64(state.pointee.count))
        case .min: append(",\"min\":", state.pointee.minimum, to: &writer)
        case .max: append(",\"max\":", state.pointee.maximum, to: &writer)
        case .sum: append(",\"sum\":", state.pointee.exactSum, to: &writer)
        case .stddev: append(",\"stddev\":", Statistics.deviation(state.pointee.extra?.values ?? []), to: &writer)
        case .first: append(",\"first\":", state.pointee.extra?.firstValue, to: &writer)
        case .last: append(",\"last\":", state.pointee.latestValue, to: &writer)
        case .p50: append(",\"p50\":", Statistics.percentile(state.pointee.extra?.values ?? [], 0.5), to: &writer)
        case .p95: append(",\"p95\":", Statistics.percentile(state.pointee.extra?.values ?? [], 0.95), to: &writer)
        }
    }

    private func append(_ name: StaticString, _ value: Double?, to writer: inout ByteWriter) {
        writer.append(literal: name)
        if let value, value.isFinite { writer.append(number: value) } else { writer.append(literal: "null") }
    }
}
