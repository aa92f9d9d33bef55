import KappaCore

/// A source partition's clock, as it travels through the keyed topic: a record without a key.
struct ClockMark: Equatable {
    var source: Int32
    var clock: Int64
    /// The largest event time of a reading; the clock may have gone on without one.
    var latestReading: Int64

    func append(to emission: inout Emission) {
        let start = emission.bytes.count
        emission.bytes.append(literal: "{\"kappa.source\":")
        emission.bytes.append(decimal: Int64(source))
        emission.bytes.append(literal: ",\"kappa.clock\":")
        emission.bytes.append(decimal: clock)
        emission.bytes.append(literal: ",\"kappa.reading\":")
        emission.bytes.append(decimal: latestReading)
        emission.bytes.append(literal: "}")
        emission.records.append(
            Emitted(
                target: .mark, route: 0, key: start..<start, value: start..<emission.bytes.count, isWholeRecord: false,
                timestamp: clock, notes: []))
    }

    init(source: Int32, clock: Int64, latestReading: Int64) {
        self.source = source
        self.clock = clock
        self.latestReading = latestReading
    }

    init?(_ value: UnsafeRawBufferPointer?) {
        guard let value else { return nil }
        var buffer = JSONBuffer(capacity: 128)
        buffer.load(value)
        var reader = JSONFieldReader(fields: ["kappa.source", "kappa.clock", "kappa.reading"])
        guard (try? reader.read(buffer)) == .object, let source = Int32(reader[0].text),
            let clock = Int64(reader[1].text), let reading = Int64(reader[2].text)
        else { return nil }
        self.init(source: source, clock: clock, latestReading: reading)
    }
}
