import KappaCore

/// How fast the figures grow, over the last seconds: long enough that windows, which close all at once, are evened out.
struct PipelineRates {
    private static let span = Duration.seconds(12)
    private var history: [(time: Duration, books: PipelineBooks)] = []

    mutating func add(_ books: PipelineBooks, at time: Duration) {
        if let last = history.last, last.books == books, time - last.time < .milliseconds(200) { return }
        history.append((time, books))
        // The newest that is old enough stays, to measure from.
        while history.count > 2, time - history[1].time >= PipelineRates.span { history.removeFirst() }
    }

    var produced: Double { rate(\.produced) }
    var windows: Double { rate(\.windows) }
    /// Readings that found their end: stored, late or dead.
    var settled: Double { rate { $0.stored + $0.late + $0.dead } }

    private func rate(_ figure: (PipelineBooks) -> Int64) -> Double {
        guard let first = history.first, let last = history.last, last.time > first.time else { return 0 }
        let seconds = Double((last.time - first.time).wholeMilliseconds) / 1000
        return seconds <= 0 ? 0 : max(0, Double(figure(last.books) - figure(first.books)) / seconds)
    }
}
