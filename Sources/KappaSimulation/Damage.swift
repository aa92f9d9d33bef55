import KappaCore

/// A reading that is no good: the five kinds take turns, and so do the seven fields.
struct Damage: Equatable {
    enum Kind: Int, CaseIterable {
        case null, empty, missing, wrongType, broken
    }

    let kind: Kind
    let field: Int

    /// Five and seven share no divisor, so 35 turns show every kind at every field.
    init(turn: Int) {
        kind = Kind.allCases[turn % Kind.allCases.count]
        field = turn % 7
    }

    func append(_ sensor: Sensor, hundredths: Int, time: Timestamp, to buffer: LineBuffer) {
        var fields = Damage.fields(of: sensor, hundredths: hundredths, time: time)
        // The unit, in front of the time, may be left out of a reading and so spoils none.
        let field = field == 6 ? 7 : field
        switch kind {
        case .null: fields[field].value = "null"
        case .empty: fields[field].value = "\"\""
        case .missing: fields.remove(at: field)
        case .wrongType: fields[field].value = fields[field].value.hasPrefix("\"") ? "42" : "\"high\""
        case .broken: fields[field].value = ""
        }
        let body = fields.map { "\"\($0.name)\":\($0.value)" }
        // Broken JSON ends where the link broke: in the middle of a field.
        let whole = kind == .broken ? body[...field].joined(separator: ",") : body.joined(separator: ",") + "}"
        buffer.append("{" + whole)
    }

    private static func fields(
        of sensor: Sensor, hundredths: Int, time: Timestamp
    ) -> [(name: String, value: String)] {
        [
            ("borehole_number", "\"BH-\(sensor.borehole)\""),
            ("instrument", "\"\(sensor.instrument.name)\""),
            ("surface_level", Sensor.decimal(hundredths: sensor.surfaceLevelHundredths)),
            ("northing", String(sensor.northing)),
            ("easting", String(sensor.easting)),
            ("reading", Sensor.decimal(hundredths: hundredths)),
            ("units", "\"\(sensor.instrument.unit)\""),
            ("timestamp", "\"\(time.rfc3339)\""),
        ]
    }
}
