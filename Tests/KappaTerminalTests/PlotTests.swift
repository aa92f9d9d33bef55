import KappaCore
import Testing

@testable import KappaTerminal

@Suite struct PlotTests {
    static let start = Timestamp(rfc3339: "2022-04-15T22:00:00Z")!

    /// A triangle between 100 and 160, one turn in 40 minutes.
    static func triangle(minutes: Int = 90) -> PlotSeries {
        PlotSeries(
            name: "BH-1",
            points: (0...minutes).map { minute in
                let phase = minute % 40
                let value = 100 + 3 * Double(phase < 20 ? phase : 40 - phase)
                return .init(time: Timestamp(milliseconds: start.milliseconds + Int64(minute) * 60_000), value: value)
            })
    }

    @Test(arguments: [20, 60, 100, 200])
    func everyLineFitsTheWidth(width: Int) {
        let long = String(repeating: "piezometer ", count: 30)
        let plot = Plot(
            title: long, unit: "kPa",
            series: [Self.triangle(), PlotSeries(name: long, points: Self.triangle().points)])
        for line in plot.text(width: width).split(separator: "\n") {
            #expect(TextWidth.of(String(line)) <= width, "\(line)")
            #expect(line.last != " ")
        }
    }

    @Test func nothingToPlotIsSaid() {
        let gap = PlotSeries(name: "x", points: [.init(time: Self.start, value: .nan)])
        for series in [[], [PlotSeries(name: "x", points: [])], [gap]] {
            let plot = Plot(title: "x", series: series)
            #expect(plot.text(width: 80) == "There is nothing to plot.\n")
            #expect(plot.svg().contains("There is nothing to plot."))
            #expect(!plot.png().isEmpty)
        }
    }

    @Test func aLonePointIsOneDot() {
        let plot = Plot(title: "", series: [PlotSeries(name: "", points: [.init(time: Self.start, value: 5)])])
        let dots = plot.text(width: 60).unicodeScalars.filter { (0x2801...0x28FF).contains($0.value) }
        #expect(dots.count == 1)
    }

    @Test func aGapBreaksTheLine() throws {
        var series = Self.triangle(minutes: 4)
        series.points[2].value = .infinity
        let scales = try #require(Plot(title: "", series: [series]).scales(valueTicks: 3, timeTicks: 3))
        let pieces = Plot.pieces(of: series, in: scales)
        #expect(pieces.map(\.from.x) == [0, 0.75])
        #expect(pieces.map(\.to.x) == [0.25, 1])
    }

    @Test(arguments: [
        (0.0, 100.0, ["0", "20", "40", "60", "80", "100"]), (-9.97, 1.2, ["-10.0", "-7.5"]),
        (0.001, 0.0042, ["0.001", "0.002", "0.003", "0.004", "0.005"]), (5, 5, ["4.4"]),
    ])
    func valuesHaveRoundTicks(low: Double, high: Double, labels: [String]) {
        let ticks = PlotTicks.values(low...high, about: 6)
        #expect(ticks.first!.value <= low && ticks.last!.value >= high)
        if labels.count > 2 { #expect(ticks.map(\.label) == labels) }
    }

    @Test func timesHaveRoundTicks() {
        func labels(_ seconds: Int64) -> [String] {
            let end = Timestamp(milliseconds: Self.start.milliseconds + seconds * 1000)
            return PlotTicks.times(Self.start...end, about: 4).map(\.label)
        }
        #expect(labels(8) == ["22:00:00", "22:00:02", "22:00:04", "22:00:06", "22:00:08"])
        #expect(labels(3600) == ["22:00", "22:15", "22:30", "22:45", "23:00"])
        #expect(labels(2 * 86_400) == ["04-16 00:00", "04-16 12:00", "04-17 00:00", "04-17 12:00"])
        #expect(labels(7 * 86_400) == ["2022-04-16", "2022-04-18", "2022-04-20", "2022-04-22"])
    }

    @Test func decimalsAreFixed() {
        #expect(Double.fixed(113.956, decimals: 2) == "113.96")
        #expect(Double.fixed(-0.5, decimals: 1) == "-0.5")
        #expect(Double.fixed(0.004, decimals: 2) == "0.00")
        #expect(Double.fixed(7, decimals: 0) == "7")
    }

    @Test func svgEscapesWhatWasTyped() {
        let plot = Plot(title: "<a> & \"b\"", series: [Self.triangle()])
        #expect(plot.svg().contains("&lt;a&gt; &amp; &quot;b&quot;"))
    }

    @Test func sparklinesShowTheTrend() {
        #expect(Sparkline.of([0, 1, 2, 3, 4, 5, 6, 7], width: 8) == "▁▂▃▄▅▆▇█")
        #expect(Sparkline.of([9, 0, .nan, 7], width: 3) == "▁ █")
        #expect(Sparkline.of([2, 2], width: 8) == "▄▄")
        #expect(Sparkline.of([], width: 8) == "")
    }
}
