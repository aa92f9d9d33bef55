import KappaCore

/// What two generations say of the same windows. Pure: lists in the order of `WindowResult.order`, merged.
package struct WindowDifference {
    package struct Count: Equatable {
        package var same: Int64 = 0
        /// The same window with another record.
        package var changed: Int64 = 0
        /// Only in the new generation.
        package var added: Int64 = 0
        /// Only in the old one.
        package var missing: Int64 = 0
        package var largestChange = 0.0
        package var samples: [Sample] = []
    }

    package struct Sample: Equatable {
        /// What happened to which window.
        var subject: String
        /// One value, or the old one and the new one; nil where there is no number.
        var values: [Double?]
        var weight: Double

        /// With every digit that tells a double from others.
        package var text: String { text(rounded: Sample.exact) }

        private static func exact(_ value: Double) -> String { "\(value)" }

        /// For people, who are not helped by fifteen digits; where rounding would hide the change they get them all.
        package func text(rounded word: (Double) -> String) -> String {
            var words = values.map { $0.map(word) ?? "-" }
            if values.count == 2, words[0] == words[1] { words = values.map { $0.map(Sample.exact) ?? "-" } }
            return subject + words.joined(separator: " -> ")
        }
    }

    /// What differs of one sensor, or of whatever the key is of.
    package struct Sensor: Equatable {
        package var topic: String
        package var key: String
        package var changed: Int64 = 0
        package var added: Int64 = 0
        package var missing: Int64 = 0
        package var largestChange = 0.0
        /// The first and the last window that differs.
        package var from = Int64.max
        package var to = Int64.min
        /// Of the windows that differ, those beyond a level, in the old generation and in the new one, and the most
        /// severe level that they reach; where somebody judges them.
        package var beyond = [0, 0]
        package var severity = [0, 0]

        /// `piezometer BH-1|piezometer: 3 changed, 1 added, from 2024-… to 2024-…`.
        var words: String {
            let counts = [(changed, "changed"), (added, "added"), (missing, "missing")].filter { $0.0 > 0 }
            return "\(topic) \(key): \(counts.map { "\($0) \($1)" }.joined(separator: ", ")), from "
                + "\(Timestamp(milliseconds: from)) to \(Timestamp(milliseconds: to))"
        }
    }

    /// How severe the level is that a sensor's value lies beyond at a time; 0 for none.
    package typealias Judge = @Sendable (_ key: String, _ time: Int64, _ value: Double) -> Int

    package private(set) var counts: [String: Count] = [:]
    private var sensors: [String: [String: Sensor]] = [:]
    private let sampleCount: Int
    private let judge: Judge?
    /// Where the changed and the added results of the new generation lie, by topic.
    package private(set) var places: [String: Set<Int64>] = [:]
    /// Where the missing results of the old one lie, by topic.
    package private(set) var missingPlaces: [String: Set<Int64>] = [:]

    package var isEqual: Bool { counts.values.allSatisfy { $0.changed + $0.added + $0.missing == 0 } }

    /// Those of which anything differs, by topic and key.
    package var changedSensors: [Sensor] {
        sensors.values.flatMap(\.values).sorted { ($0.topic, $0.key) < ($1.topic, $1.key) }
    }

    private static func weigh(_ judge: Judge?, _ result: WindowResult, _ generation: Int, _ sensor: inout Sensor) {
        guard let judge, let number = result.number else { return }
        let severity = judge(result.key, result.start, number)
        if severity > 0 { sensor.beyond[generation] += 1 }
        sensor.severity[generation] = max(sensor.severity[generation], severity)
    }

    /// What a switch tells of once more: how many sensors differ, and of those that differ most a line each.
    package var summary: (count: Int64, lines: [String]) {
        let sensors = changedSensors
        let most = sensors.sorted { left, right in
            let (one, other) = (left.changed + left.added + left.missing, right.changed + right.added + right.missing)
            return (one, right.topic, right.key) > (other, left.topic, left.key)
        }
        return (Int64(sensors.count), most.prefix(WindowDifference.mostToldOf).map(\.words))
    }

    private static let mostToldOf = 20

    private mutating func note(_ result: WindowResult, _ body: (inout Sensor) -> Void) {
        var sensor = sensors[result.topic]?[result.key] ?? Sensor(topic: result.topic, key: result.key)
        body(&sensor)
        sensor.from = min(sensor.from, result.start)
        sensor.to = max(sensor.to, result.end)
        sensors[result.topic, default: [:]][result.key] = sensor
    }

    /// The largest change first.
    package var ordered: [(topic: String, count: Count)] {
        counts.sorted { left, right in
            let (a, b) = (left.value, right.value)
            let (most, least) = (a.changed + a.added + a.missing, b.changed + b.added + b.missing)
            return (a.largestChange, most, right.key) > (b.largestChange, least, left.key)
        }.map { ($0.key, $0.value) }
    }

    init(samples: Int, judge: Judge? = nil) {
        sampleCount = samples
        self.judge = judge
    }

    init(old: [WindowResult], new: [WindowResult], samples: Int) {
        self.init(samples: samples)
        add(old: old, new: new)
    }

    /// Takes more windows in, which no others are of; both lists are in the order of `WindowResult.order`.
    mutating func add(old: [WindowResult], new: [WindowResult]) {
        var (left, right) = (old.startIndex, new.startIndex)
        while left < old.endIndex || right < new.endIndex {
            if right == new.endIndex || left < old.endIndex && WindowResult.order(old[left], new[right]) {
                missing(old[left])
                left += 1
            } else if left == old.endIndex || WindowResult.order(new[right], old[left]) {
                added(new[right])
                right += 1
            } else {
                compare(old[left], new[right])
                left += 1
                right += 1
            }
        }
    }

    private mutating func compare(_ old: WindowResult, _ new: WindowResult) {
        guard old.digest != new.digest else { return counts[old.topic, default: Count()].same += 1 }
        let change = (new.number ?? 0) - (old.number ?? 0)
        guard old.number == new.number else { return changed(old, new, abs(change)) }
        let (name, values, size) = WindowDifference.largest(old, new)
        changed(old, new, size, values.map { (name, $0) })
    }

    /// Which of the other numbers differs most; nil where it is something else that differs.
    private static func largest(_ old: WindowResult, _ new: WindowResult) -> (String, values: [Double?]?, Double) {
        var most: (name: String, values: [Double?]?, size: Double) = ("", nil, 0)
        for (index, name) in old.names.enumerated() {
            guard let place = new.names.firstIndex(of: name) else { continue }
            let (was, now) = (old.numbers[index], new.numbers[place])
            guard was != now, !(was.isNaN && now.isNaN) else { continue }
            let size = was.isNaN || now.isNaN ? 0 : abs(now - was)
            guard most.values == nil || size > most.size else { continue }
            most = (name, [was.isNaN ? nil : was, now.isNaN ? nil : now], size)
        }
        return most
    }

    private mutating func changed(
        _ old: WindowResult, _ new: WindowResult, _ change: Double, _ other: (name: String, values: [Double?])? = nil
    ) {
        counts[old.topic, default: Count()].changed += 1
        places[old.topic, default: []].insert(new.place)
        let largest = counts[old.topic]?.largestChange ?? 0
        counts[old.topic]?.largestChange = max(largest, change)
        let judge = judge
        note(old) { sensor in
            sensor.changed += 1
            WindowDifference.weigh(judge, old, 0, &sensor)
            WindowDifference.weigh(judge, new, 1, &sensor)
            sensor.largestChange = max(sensor.largestChange, change)
        }
        let name = other.map { $0.name + " " } ?? ""
        let values = other?.values ?? [old.number, new.number]
        keep("changed \(WindowDifference.name(old)): \(name)", values, change, old.topic)
    }

    private mutating func missing(_ old: WindowResult) {
        counts[old.topic, default: Count()].missing += 1
        missingPlaces[old.topic, default: []].insert(old.place)
        let judge = judge
        note(old) { sensor in
            sensor.missing += 1
            WindowDifference.weigh(judge, old, 0, &sensor)
        }
        keep("missing \(WindowDifference.name(old)): ", [old.number], 0, old.topic)
    }

    private mutating func added(_ new: WindowResult) {
        counts[new.topic, default: Count()].added += 1
        let judge = judge
        note(new) { sensor in
            sensor.added += 1
            WindowDifference.weigh(judge, new, 1, &sensor)
        }
        places[new.topic, default: []].insert(new.place)
        keep("added \(WindowDifference.name(new)): ", [new.number], 0, new.topic)
    }

    private mutating func keep(_ subject: String, _ values: [Double?], _ weight: Double, _ topic: String) {
        guard sampleCount > 0, var samples = counts[topic]?.samples else { return }
        guard samples.count < sampleCount || weight > (samples.last?.weight ?? 0) else { return }
        let place = samples.firstIndex { $0.weight < weight } ?? samples.endIndex
        samples.insert(Sample(subject: subject, values: values, weight: weight), at: place)
        if samples.count > sampleCount { samples.removeLast() }
        counts[topic]?.samples = samples
    }

    private static func name(_ result: WindowResult) -> String {
        let start = Timestamp(milliseconds: result.start)
        // A moment is no span.
        guard result.end > result.start else { return "\(result.key) \(start)" }
        return "\(result.key) \(start)/\(Timestamp(milliseconds: result.end))"
    }
}
