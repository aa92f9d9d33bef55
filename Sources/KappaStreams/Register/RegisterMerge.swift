/// Puts the lines that fit a sensor together.
enum RegisterMerge {
    /// What holds in each span between two dates on which something changes, in order of time and without gaps.
    /// - Parameter lines: the most particular first.
    static func spans(_ lines: [RegisterLine], _ names: [AlarmSide: [String]]) -> [SensorRules] {
        let bounds = Set(lines.flatMap { [$0.validFrom, $0.validTo] } + [.min, .max]).sorted()
        var spans: [SensorRules] = []
        for (from, to) in zip(bounds, bounds.dropFirst()) {
            let valid = lines.filter { $0.validFrom <= from && to <= $0.validTo }
            let rules = rules(valid, names, from: from, to: to)
            if var last = spans.last {
                last.validTo = to
                var same = rules
                same.validFrom = last.validFrom
                if same == last {
                    spans[spans.count - 1] = last
                    continue
                }
            }
            spans.append(rules)
        }
        return spans
    }

    static func rules(
        _ lines: [RegisterLine], _ names: [AlarmSide: [String]], from: Int64, to: Int64
    ) -> SensorRules {
        var rules = SensorRules()
        rules.validFrom = from
        rules.validTo = to
        rules.conversion.curve = first(lines, \.curve) ?? .linear(factor: 1, offset: 0)
        rules.conversion.temperature = first(lines, \.temperature)
        rules.conversion.baseline = first(lines, \.baseline)
        rules.unit = first(lines, \.unit)
        rules.above = levels(lines, names, .above)
        rules.below = levels(lines, names, .below)
        rules.rate = levels(lines, names, .rate)
        rules.hysteresis = first(lines, \.hysteresis) ?? 0
        rules.holdMilliseconds = first(lines, \.hold) ?? 0
        rules.ratePerMilliseconds = first(lines, \.ratePer) ?? 0
        rules.overdueAfterMilliseconds = first(lines, \.overdueAfter)
        rules.tell = first(lines, \.tell)
        rules.response = first(lines, \.response)
        rules.northing = first(lines, \.northing)
        rules.easting = first(lines, \.easting)
        rules.depth = first(lines, \.depth)
        return rules
    }

    /// What the most particular line that says anything says; nil when it says "none".
    private static func first<Value>(
        _ lines: [RegisterLine], _ entry: (RegisterLine) -> RegisterLine.Entry<Value>
    ) -> Value? {
        for line in lines {
            switch entry(line) {
            case .unsaid: continue
            case .none: return nil
            case .some(let value): return value
            }
        }
        return nil
    }

    private static func levels(
        _ lines: [RegisterLine], _ names: [AlarmSide: [String]], _ side: AlarmSide
    ) -> [SensorRules.Level] {
        (names[side] ?? []).enumerated().compactMap { index, name in
            first(lines) { $0.levels[side]?[index] ?? .unsaid }.map {
                SensorRules.Level(name: name, severity: index + 1, limit: $0)
            }
        }
    }

    /// What is wrong with the levels, if anything is.
    static func fault(in rules: SensorRules) -> String? {
        if let pair = disorder(rules.above, by: <) {
            return "\(pair.1.name)_above (\(pair.1.limit)) must be higher than \(pair.0.name)_above (\(pair.0.limit))"
        }
        if let pair = disorder(rules.below, by: >) {
            return "\(pair.1.name)_below (\(pair.1.limit)) must be lower than \(pair.0.name)_below (\(pair.0.limit))"
        }
        if let pair = disorder(rules.rate, by: <) {
            return "\(pair.1.name)_rate (\(pair.1.limit)) must be higher than \(pair.0.name)_rate (\(pair.0.limit))"
        }
        if let low = rules.below.first, let high = rules.above.first, low.limit + rules.hysteresis >= high.limit {
            return "\(low.name)_below (\(low.limit)) and \(high.name)_above (\(high.limit)) leave no room between them"
        }
        if let level = rules.rate.first, level.limit <= 0 { return "\(level.name)_rate must be above zero" }
        if !rules.rate.isEmpty, rules.ratePerMilliseconds <= 0 {
            return "a rate needs rate_per: the time over which it is taken, such as 1d"
        }
        return nil
    }

    private static func disorder(
        _ levels: [SensorRules.Level], by isInOrder: (Double, Double) -> Bool
    ) -> (SensorRules.Level, SensorRules.Level)? {
        zip(levels, levels.dropFirst()).first { !isInOrder($0.limit, $1.limit) }
    }
}
