import Glibc
import KappaCore
import KappaStores
import KappaTerminal

/// Readings over time as a chart: a line for each borehole and instrument.
struct QueryPlot {
    static let mostSeries = 20

    private let settings: QuerySettings
    private let source: QuerySource

    init(_ settings: QuerySettings, _ source: QuerySource) throws {
        self.settings = settings
        self.source = source
    }

    func draw(_ output: Output) throws {
        let plot = try plot()
        guard let file = settings.plotFile else {
            let width = output.terminal.width ?? 80
            try output.write(plot.text(width: width, terminal: output.terminal))
            return try output.flush()
        }
        try QueryPlot.write(file.hasSuffix(".svg") ? Array(plot.svg().utf8) : plot.png(), to: file)
    }

    private func plot() throws -> Plot {
        let isBucketed = settings.mode == .aggregate
        let question: ViewQuestion =
            isBucketed
            ? .buckets(settings.query, settings.grouping, settings.aggregates)
            : .rows(settings.query, columns: ["ts", "boreholenumber", "instrument", "reading", "units"])
        let cursor = try source.answer(question)
        var series: [String: PlotSeries] = [:]
        var units: Set<String> = []
        while let row = try cursor.next() {
            guard let time = row[0].timestamp, let value = row[3].double else { continue }
            let name = "\(row[1].string) \(row[2].string)"
            series[name, default: PlotSeries(name: name, points: [])].points.append(.init(time: time, value: value))
            units.insert(row[4].string)
            guard series.count <= QueryPlot.mostSeries else {
                throw UsageError(
                    "there are more than \(QueryPlot.mostSeries) lines to draw",
                    hint: "Narrow them with --borehole or --instrument.")
            }
        }
        let ordered = series.values.sorted { $0.name < $1.name }.map { line in
            PlotSeries(name: line.name, points: line.points.sorted { $0.time < $1.time })
        }
        return Plot(
            title: isBucketed ? settings.aggregates[0].rawValue : "reading",
            unit: units.count == 1 ? units.first ?? "" : "", series: ordered)
    }

    private static func write(_ bytes: [UInt8], to path: String) throws {
        guard let file = fopen(path, "w") else {
            throw UsageError("'\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            throw UsageError("'\(path)' could not be written: \(String(cString: strerror(errno)))")
        }
    }
}
