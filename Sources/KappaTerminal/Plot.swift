package import KappaCore

/// A line to draw: values over time, in the order of time. A value that is not finite is a gap.
package struct PlotSeries: Sendable {
    package struct Point: Sendable, Equatable {
        package var time: Timestamp
        package var value: Double

        package init(time: Timestamp, value: Double) {
            self.time = time
            self.value = value
        }
    }

    package var name: String
    package var points: [Point]

    package init(name: String, points: [Point]) {
        self.name = name
        self.points = points
    }
}

/// A chart of one or more series over time: drawn on the terminal (`text`), or as an SVG or PNG file.
///
/// All three share the scales and the ticks of this file, so they show the same picture.
package struct Plot: Sendable {
    package var title: String
    /// Said beside the title; empty for none.
    package var unit: String
    package var series: [PlotSeries]

    package init(title: String, unit: String = "", series: [PlotSeries]) {
        self.title = title
        self.unit = unit
        self.series = series
    }

    var heading: String { unit.isEmpty ? title : title.isEmpty ? unit : "\(title), \(unit)" }

    /// The room that the names of the lines take beside them; at most a third of a usual picture.
    func legendWidth(letter: Int) -> Int {
        guard series.count > 1 else { return 0 }
        return min(40 + letter * (series.map { TextWidth.of($0.name) }.max() ?? 0), 320)
    }

    var finitePoints: some Sequence<PlotSeries.Point> {
        series.lazy.flatMap { $0.points }.filter { $0.value.isFinite }
    }

    /// What to say in place of a chart.
    static let emptyText = "There is nothing to plot."

    /// Where times and values lie; nil when there is no finite point.
    func scales(valueTicks: Int, timeTicks: Int) -> PlotScales? {
        var values: ClosedRange<Double>?
        var times: ClosedRange<Timestamp>?
        for point in finitePoints {
            values = values.map { min($0.lowerBound, point.value)...max($0.upperBound, point.value) }
            times = times.map { min($0.lowerBound, point.time)...max($0.upperBound, point.time) }
            values = values ?? point.value...point.value
            times = times ?? point.time...point.time
        }
        guard let values, let times else { return nil }
        return PlotScales(values: values, times: times, valueTicks: valueTicks, timeTicks: timeTicks)
    }

    /// The pieces of a line to draw, as shares of the chart's width and height from its lower left corner.
    ///
    /// A lone point is a piece from itself to itself.
    static func pieces(of series: PlotSeries, in scales: PlotScales) -> [(from: PlotPlace, to: PlotPlace)] {
        var pieces: [(from: PlotPlace, to: PlotPlace)] = []
        var previous: PlotPlace?
        for (index, point) in series.points.enumerated() {
            guard point.value.isFinite else {
                previous = nil
                continue
            }
            let place = scales.place(of: point)
            let next = index + 1 < series.points.count ? series.points[index + 1].value : .nan
            if let previous {
                pieces.append((previous, place))
            } else if !next.isFinite {
                pieces.append((place, place))
            }
            previous = place
        }
        return pieces
    }
}

/// A place in the chart: 0…1 from the left, 0…1 from below.
struct PlotPlace: Equatable {
    var x: Double
    var y: Double
}

/// The axes of a chart, with their ticks.
struct PlotScales {
    let values: ClosedRange<Double>
    let times: ClosedRange<Timestamp>
    let valueTicks: [(value: Double, label: String)]
    let timeTicks: [(time: Timestamp, label: String)]

    /// The values' axis is stretched to whole ticks; the times' axis ends where the data ends.
    init(values: ClosedRange<Double>, times: ClosedRange<Timestamp>, valueTicks: Int, timeTicks: Int) {
        let ticks = PlotTicks.values(values, about: valueTicks)
        self.valueTicks = ticks
        self.values = min(values.lowerBound, ticks.first!.value)...max(values.upperBound, ticks.last!.value)
        self.times = times
        self.timeTicks = PlotTicks.times(times, about: timeTicks)
    }

    /// The day, or the days, that the clocks of the axis belong to.
    var dateLabel: String {
        let days = [times.lowerBound, times.upperBound].map { String($0.rfc3339.prefix(10)) }
        return (days[0] == days[1] ? days[0] : "\(days[0]) to \(days[1])") + " (UTC)"
    }

    func place(of point: PlotSeries.Point) -> PlotPlace {
        PlotPlace(x: x(of: point.time), y: y(of: point.value))
    }

    /// A single time stands in the middle.
    func x(of time: Timestamp) -> Double {
        let span = Double(times.upperBound.milliseconds - times.lowerBound.milliseconds)
        return span == 0 ? 0.5 : Double(time.milliseconds - times.lowerBound.milliseconds) / span
    }

    func y(of value: Double) -> Double {
        (value - values.lowerBound) / (values.upperBound - values.lowerBound)
    }
}
