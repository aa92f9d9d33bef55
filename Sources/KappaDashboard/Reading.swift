import KappaStores

/// A result as the page has it.
struct Reading: Sendable {
    static let columns = [
        "boreholenumber", "instrument", "reading", "units", "window_start", "window_end", "min", "max", "count",
        "northing", "easting", "surfacelevel", "ts",
    ]

    var borehole: String
    var instrument: String
    var value: Double
    var unit: String?
    /// When the window begins and how long it is, in milliseconds.
    var start: Int64
    var length: Int64
    var lowest: Double
    var highest: Double
    var count: Int64
    var northing: Double?
    var easting: Double?
    var level: Double?
    /// The time of the latest reading in the window.
    var time: Int64

    /// From the cells of `columns`; nil where one that every result has is missing.
    init?(_ cells: some RandomAccessCollection<StoreCell>) {
        let row = Array(cells)
        guard let borehole = row[0].words, let instrument = row[1].words, let value = row[2].real,
            let start = row[4].milliseconds, let end = row[5].milliseconds
        else { return nil }
        self.borehole = borehole
        self.instrument = instrument
        self.value = value
        unit = row[3].words
        self.start = start
        length = end - start
        lowest = row[6].real ?? value
        highest = row[7].real ?? value
        count = row[8].whole ?? 1
        northing = row[9].real
        easting = row[10].real
        level = row[11].real
        time = row[12].milliseconds ?? start
    }

    /// The list that `readings.js` reads.
    func write(_ json: inout JSONWriter) {
        json.array {
            $0.string(borehole)
            $0.string(instrument)
            $0.number(value)
            $0.string(unit)
            $0.number(start)
            $0.number(length)
            $0.number(lowest)
            $0.number(highest)
            $0.number(count)
            $0.number(northing)
            $0.number(easting)
            $0.number(level)
        }
    }
}
