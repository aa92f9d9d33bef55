import KappaCore
import KappaStores
import KappaTerminal

/// Windows that are missing between two others, and keys whose next window is overdue.
///
/// Each key has its own rhythm: the usual distance between its windows. One key's times are in memory at a time.
struct QueryGaps {
    private let settings: QuerySettings
    private let source: QuerySource

    init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    func show(_ output: Output) throws {
        var text = settings.text(source)
        let cursor = try source.read(try text.windows(settings.query))
        let end = settings.query.until ?? settings.now
        let columns = [
            Column("boreholenumber", title: "BOREHOLE"), Column("instrument"), Column("kind"),
            Column("from", canShrink: false), Column("to", canShrink: false), Column("missing", align: .right),
        ]
        try output.rows("gaps", columns, unfolding: true) { rows in
            var key = KeyWindows()
            var written = 0
            func finish() throws {
                for gap in key.gaps(until: end) where written < settings.query.limit ?? .max {
                    written += 1
                    try rows.add([
                        .text(key.borehole), .text(key.instrument), .text(gap.isOverdue ? "overdue" : "missing"),
                        .time(gap.from), .time(gap.to), .integer(gap.missing),
                    ])
                }
            }
            while let row = try cursor.next() {
                guard let start = QueryGaps.time(row[2]), let stop = QueryGaps.time(row[3]) else { continue }
                if !key.bears(row[0], row[1]) {
                    try finish()
                    key = KeyWindows(row[0], row[1])
                }
                key.windows.append(Window(start: start, end: stop))
            }
            try finish()
        }
    }

    static func time(_ cell: StoreCell) -> Timestamp? {
        switch cell {
        case .time(let bytes), .text(let bytes): Timestamp(rfc3339: bytes)
        default: nil
        }
    }
}

/// The windows of one borehole's instrument, in the order of time.
struct KeyWindows {
    struct Gap: Equatable {
        var from: Timestamp
        var to: Timestamp
        var missing: Int64
        var isOverdue: Bool
    }

    var borehole = ""
    var instrument = ""
    var windows: [Window] = []

    init() {}

    init(_ borehole: StoreCell, _ instrument: StoreCell) {
        self.borehole = KeyWindows.text(borehole)
        self.instrument = KeyWindows.text(instrument)
    }

    private static func text(_ cell: StoreCell) -> String {
        if case .text(let bytes) = cell { String(decoding: bytes, as: UTF8.self) } else { "" }
    }

    func bears(_ borehole: StoreCell, _ instrument: StoreCell) -> Bool {
        guard case .text(let first) = borehole, case .text(let second) = instrument else { return false }
        return first.elementsEqual(self.borehole.utf8) && second.elementsEqual(self.instrument.utf8)
    }

    /// The usual distance between two windows' starts: the median, or the window's own length where there is but one.
    var rhythm: Int64 {
        let steps = zip(windows, windows.dropFirst()).map { $1.start.milliseconds - $0.start.milliseconds }.sorted()
        guard let last = windows.last else { return 0 }
        return steps.isEmpty ? last.end.milliseconds - last.start.milliseconds : steps[steps.count / 2]
    }

    /// A gap is a distance of half a rhythm more than the usual one.
    func gaps(until end: Timestamp) -> [Gap] {
        let rhythm = rhythm
        guard rhythm > 0, let last = windows.last else { return [] }
        var gaps: [Gap] = []
        for (window, next) in zip(windows, windows.dropFirst()) {
            let step = next.start.milliseconds - window.start.milliseconds
            guard step * 2 > rhythm * 3 else { continue }
            let missing = (step + rhythm / 2) / rhythm - 1
            gaps.append(Gap(from: window.end, to: next.start, missing: missing, isOverdue: false))
        }
        let waited = end.milliseconds - last.end.milliseconds
        if waited * 2 > rhythm * 3 {
            gaps.append(Gap(from: last.end, to: end, missing: waited / rhythm, isOverdue: true))
        }
        return gaps
    }
}
