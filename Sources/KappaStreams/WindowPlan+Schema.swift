package import KappaCore

extension WindowPlan {
    /// What the results are, in the order in which `ResultWriter` writes their fields.
    package var schema: ResultSchema {
        var fields = key.map { ResultField($0.name, $0.kind.resultKind, isKey: true) }
        let carried = carry.map { rule in
            // What is always there may stand in rows that are older than the rule, so a table does not demand it.
            ResultField(rule.name, rule.kind.resultKind)
        }
        let place = carry.firstIndex(where: \.isOptional) ?? carry.count
        fields += carried[..<place]
        if aggregates.contains(.mean) { fields.append(ResultField(value, .number, isRequired: true, role: .value)) }
        fields += carried[place...] + keptFields
        fields += [
            ResultField(time, .time, isRequired: true, role: .time), ResultField("window_start", .time, isKey: true),
            ResultField("window_end", .time, isRequired: true),
        ]
        for aggregate in aggregates where aggregate != .mean {
            fields.append(
                aggregate == .count
                    ? ResultField("count", .whole, isRequired: true) : ResultField(aggregate.rawValue, .number))
        }
        return ResultSchema(distinct: fields)
    }
}

extension WindowPlan {
    /// What a job that converts keeps of the latest reading of a window, behind the carried fields: the raw value as it
    /// came, and the coefficients that made the value of it.
    var keptFields: [ResultField] {
        convertsByRegister ? [ResultField("raw", .number), ResultField("conversion", .text)] : []
    }
}

extension FieldRule.Kind {
    fileprivate var resultKind: ResultField.Kind {
        switch self {
        case .string: .text
        case .number: .number
        case .any: .any
        }
    }
}

extension MapTask.Shape {
    /// The fields of a selection, or nothing where a template writes whatever it likes.
    package var schema: ResultSchema? {
        guard case .selection(let selection) = self else { return nil }
        return selection.schema
    }
}

extension LineCountTask {
    package static let schema = ResultSchema(fields: [ResultField("line", .text), ResultField("words", .whole)])
}

extension WordCountTask {
    package static let schema = ResultSchema(fields: [
        ResultField("word", .text, isKey: true), ResultField("count", .whole, isRequired: true, role: .value),
    ])
}
