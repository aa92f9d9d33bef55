import KappaCore
import KappaSimulation
import KappaStores

/// Counts what is stored, and knows the latest reading of each kind: only the rows that are new are read.
final class ViewReader {
    struct Counts: Equatable {
        var windows: Int64 = 0
        /// The sum of the windows' counts.
        var readings: Int64 = 0
        var latest: [PipelineSnapshot.Latest] = []
    }

    private static let view = "record"
    private static let trendLength = 60
    private let address: StoreAddress
    private var counts = Counts()
    private var follower: (any RowFollower)?
    private var trends: [Sensor: [Double]] = [:]
    /// The time of the newest reading of each kind.
    private var newest: [String: String] = [:]
    private static let mostTrends = 20_000

    private struct Sensor: Hashable {
        var instrument: String
        var borehole: String
    }

    init(_ address: StoreAddress) {
        self.address = address
    }

    /// nil when the store does not answer, or has no view yet.
    func read() -> Counts? {
        do {
            let follower = try self.follower ?? begin(address.open(for: .reading))
            self.follower = follower
            try readNew(follower)
            return counts
        } catch {
            follower = nil
            return nil
        }
    }

    /// All rows, summed by the store itself: for the books.
    static func total(_ address: StoreAddress) throws -> ViewTotals {
        try address.open(for: .reading).totals(of: try ViewName(word: view))
    }

    private func begin(_ store: any ViewStore) throws -> any RowFollower {
        let view = try ViewName(word: ViewReader.view)
        let totals = try store.totals(of: view)
        (counts.windows, counts.readings) = (totals.rows, totals.readings)
        return try store.follow(
            ViewQuery(now: .now), columns: ["count", "instrument", "boreholenumber", "reading", "units", "ts"],
            of: view,
            after: totals.place)
    }

    private func readNew(_ follower: any RowFollower) throws {
        let rows = try follower.arrivals()
        while let row = try rows.next() {
            counts.windows += 1
            counts.readings += row[0].integer ?? 0
            note(row)
        }
    }

    /// The newest reading of each kind is shown, with the values of its borehole before it; of several boreholes at one
    /// time the one that was shown already.
    private func note(_ row: UnsafeBufferPointer<StoreCell>) {
        let (instrument, borehole, time) = (row[1].string, row[2].string, row[5].string)
        guard let value = row[3].double else { return }
        if trends.count > ViewReader.mostTrends { trends.removeAll() }
        let key = Sensor(instrument: instrument, borehole: borehole)
        let trend = (trends[key] ?? []).suffix(ViewReader.trendLength - 1) + [value]
        trends[key] = Array(trend)
        let place = counts.latest.firstIndex { $0.instrument == instrument }
        if let place, counts.latest[place].borehole != borehole, newest[instrument] ?? "" >= time { return }
        newest[instrument] = max(time, newest[instrument] ?? "")
        // 2022-04-15T22:06:38.737Z, or with a space: the clock's part.
        let latest = PipelineSnapshot.Latest(
            instrument: instrument, borehole: borehole, value: value, units: units(row),
            time: String(time.dropFirst(11).prefix(8)), trend: Array(trend))
        if let place { counts.latest[place] = latest } else { counts.latest.append(latest) }
        counts.latest.sort { $0.instrument < $1.instrument }
    }

    /// Readings that came one by one bear no unit; what the instrument measures is known all the same.
    private func units(_ row: UnsafeBufferPointer<StoreCell>) -> String {
        row[4].string.isEmpty ? Instrument(rawValue: row[1].string)?.unit ?? "" : row[4].string
    }
}
