import KappaCore
import KappaHTTP
package import KappaStreams

/// The review levels of a register, each with the dates between which it holds, for charts and comparisons.
package struct Levels: Sendable {
    private let register: Register
    private let key: [FieldRule]

    package init(_ register: Register, key: [FieldRule]) {
        self.register = register
        self.key = key
    }

    func spans(_ sensor: String) -> [SensorRules] {
        let words = sensor.split(separator: "|", omittingEmptySubsequences: false).map(String.init)
        return words.count == key.count ? register.spans(of: words, key) : []
    }

    /// How severe the level is that a value lies beyond at a time; 0 for none.
    static func severity(of value: Double, at time: Int64, _ spans: [SensorRules]) -> Int {
        guard let rules = spans.last(where: { $0.validFrom <= time && time < $0.validTo }) else { return 0 }
        let above = rules.above.last { value >= $0.limit }?.severity ?? 0
        return max(above, rules.below.last { value <= $0.limit }?.severity ?? 0)
    }

    func answer(_ request: HTTPRequest) throws -> HTTPResponse {
        guard let borehole = request.parameter("borehole"), let instrument = request.parameter("instrument") else {
            throw BadRequest(message: "levels are of one borehole and one instrument")
        }
        var json = JSONWriter()
        json.object { json in
            json.key("spans")
            json.array { json in for rules in spans("\(borehole)|\(instrument)") { Levels.write(rules, &json) } }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    static let none = HTTPResponse(json: "{\"spans\":[]}")

    private static func write(_ rules: SensorRules, _ json: inout JSONWriter) {
        json.object { json in
            json.key("from", date(rules.validFrom))
            json.key("to", date(rules.validTo))
            json.key("unit", rules.unit)
            write("above", rules.above, &json)
            write("below", rules.below, &json)
            write("rate", rules.rate, &json)
            json.key("ratePer", rules.ratePerMilliseconds)
            json.key("hysteresis", rules.hysteresis)
            json.key("hold", rules.holdMilliseconds)
            json.key("overdueAfter", rules.overdueAfterMilliseconds)
            json.key("tell", rules.tell)
            json.key("response", rules.response)
            json.key("conversion", rules.conversion.isIdentity ? nil : rules.conversion.description)
        }
    }

    private static func write(_ name: String, _ levels: [SensorRules.Level], _ json: inout JSONWriter) {
        json.key(name)
        json.array { json in
            for level in levels {
                json.object {
                    $0.key("name", level.name)
                    $0.key("severity", Int64(level.severity))
                    $0.key("limit", level.limit)
                }
            }
        }
    }

    /// Nil where it holds from the beginning, or for ever.
    private static func date(_ time: Int64) -> Int64? { time == .min || time == .max ? nil : time }
}
