import Glibc
import KappaCore
import KappaStores
package import KappaTerminal

/// Readings over time as a chart: a line for each borehole and instrument.
package struct QueryPlot {
    static let mostSeries = 20

    private let settings: QuerySettings
    private let source: QuerySource

    package init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    package func draw(_ output: Output) throws {
        let plot = try plot()
        guard let file = settings.plotFile else {
            let width = output.terminal.width ?? 80
            try output.write(plot.text(width: width, terminal: output.terminal))
            return try output.flush()
        }
        try QueryPlot.write(file.hasSuffix(".svg") ? Array(plot.svg().utf8) : plot.png(), to: file)
    }

    /// The time, the key, the number, and its unit where there is one.
    private var rowColumns: [String] {
        get throws {
            let known = try source.columns
            guard let time = known.time else { throw QueryFailure("--plot: these rows have no time") }
            return [time] + known.keys + [settings.value] + [known.units].compactMap { $0 }
        }
    }

    private func plot() throws -> Plot {
        let isBucketed = settings.mode == .aggregate
        let question: ViewQuestion =
            isBucketed
            ? .buckets(settings.query, settings.grouping, settings.aggregates)
            : .rows(settings.query, columns: try rowColumns)
        let keys = settings.keys.count
        let cursor = try source.answer(question)
        var series: [String: PlotSeries] = [:]
        var units: Set<String> = []
        while let row = try cursor.next() {
            guard let time = row[0].timestamp, let value = row[keys + 1].double else { continue }
            let name = row[1..<1 + keys].map(\.string).joined(separator: " ")
            series[name, default: PlotSeries(name: name, points: [])].points.append(.init(time: time, value: value))
            if keys + 2 < row.count { units.insert(row[keys + 2].string) }
            guard series.count <= QueryPlot.mostSeries else {
                throw QueryFailure(
                    "there are more than \(QueryPlot.mostSeries) lines to draw",
                    hint: "Narrow them with --borehole or --instrument.")
            }
        }
        let ordered = series.values.sorted { $0.name < $1.name }.map { line in
            PlotSeries(name: line.name, points: line.points.sorted { $0.time < $1.time })
        }
        return Plot(
            title: title(ordered.map(\.name)),
            unit: units.count == 1 ? units.first ?? "" : "", series: ordered)
    }

    /// Whose values these are, and what was made of them.
    private func title(_ names: [String]) -> String {
        var what = settings.value
        if settings.mode == .aggregate {
            let bucket = settings.grouping.bucketSeconds.map { " per \(Duration.seconds($0).word)" } ?? ""
            what = "\(settings.aggregates[0].rawValue) \(what)\(bucket)"
        }
        // The words that all lines share: the one line's name, or the instrument of many boreholes.
        let words = names.map { Set($0.split(separator: " ")) }
        let shared = words.dropFirst().reduce(words.first ?? []) { $0.intersection($1) }
        let who = (names.first ?? "").split(separator: " ").filter(shared.contains).joined(separator: " ")
        return who.isEmpty ? what : "\(who): \(what)"
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw QueryFailure("'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            throw QueryFailure("'\(path)' could not be written: \(String(cString: strerror(errno)))")
        }
    }
}
