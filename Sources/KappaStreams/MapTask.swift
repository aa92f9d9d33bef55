package import KappaCore

/// One record out for each record in: a template filled in, or a selection of fields.
package final class MapTask: PartitionTask {
    private var tally = JobCounts()
    override package var counts: JobCounts { tally }

    package enum Shape: Sendable {
        case template(Template)
        case selection(Selection)
    }

    private let shape: Shape
    private let filters: [FieldPredicate]
    private var buffer = JSONBuffer()

    package init(_ shape: Shape, filters: [FieldPredicate]) {
        self.shape = shape
        self.filters = filters
        super.init()
    }

    package static func fingerprint(_ shape: Shape, filters: [FieldPredicate]) -> String {
        let what =
            switch shape {
            case .template(let template): "template=\(template.text)"
            case .selection(let selection): "select=\(selection.text)"
            }
        let order = filters.contains(where: \.ordersNumbers) ? ";order=of numbers alone" : ""
        return Fingerprint.of("map;\(what);where=\(filters.map(\.description).joined(separator: " and "))\(order)")
    }

    /// The options that the fingerprint is made of.
    package static func rules(_ shape: Shape, filters: [FieldPredicate]) -> [(name: String, value: String)] {
        let tests = ("where", filters.map(\.description).joined(separator: " and "))
        switch shape {
        case .template(let template): return [("template", template.text), tests]
        case .selection(let selection): return [("select", selection.text), tests]
        }
    }

    override package func process(_ record: SourceRecord, into emission: inout Emission) {
        tally.records += 1
        buffer.load(record.value ?? UnsafeRawBufferPointer(start: nil, count: 0))
        var value = JSONValue.absent
        if needsJSON {
            do { value = try JSONValue(checking: buffer) } catch {
                return reject(Rejection(.notJSON, detail: "\(error)"), record, &emission)
            }
            guard value.kind == .object else { return reject(Rejection(.notAnObject), record, &emission) }
        }
        guard filters.allSatisfy({ $0.accepts(value) }) else {
            tally.filtered += 1
            return
        }
        if case .selection(let selection) = shape, let fault = selection.fault(of: value) {
            return reject(fault, record, &emission)
        }
        tally.accepted += 1
        tally.results += 1
        emission.appendResult(of: record) { writer in
            switch shape {
            case .template(let template): template.fill(record, value, to: &writer)
            case .selection(let selection): selection.write(value, to: &writer)
            }
        }
    }

    private var needsJSON: Bool {
        if !filters.isEmpty { return true }
        if case .template(let template) = shape { return template.readsFields }
        return true
    }

    private func reject(_ rejection: Rejection, _ record: SourceRecord, _ emission: inout Emission) {
        tally.dead += 1
        emission.append(.dead, item: nil, timestamp: record.timestamp, notes: Notes.of(rejection, item: nil))
    }
}

extension Emission {
    /// A result under its source's key, with the source's time.
    mutating func appendResult(of record: SourceRecord, _ write: (inout ByteWriter) -> Void) {
        let start = bytes.count
        write(&bytes)
        records.append(
            Emitted(
                target: .result, route: 0, key: start..<start, value: start..<bytes.count, isWholeRecord: false,
                timestamp: record.timestamp, hasSourceKey: true, notes: []))
    }
}
