import Testing

@testable import KappaDashboard

@Suite struct CompletenessTests {
    let zone = SiteZone("UTC")!
    static let day: Int64 = 86_400_000
    static let hour: Int64 = 3_600_000

    /// Two days of hourly windows of which three are missing, by hand.
    @Test func whatIsMissingIsCountedByDayAndToldAsGaps() {
        var found = Completeness(from: 0, to: 2 * Self.day, zone: zone)
        for hour in 0..<48 where hour != 3 && hour != 30 && hour != 31 {
            found.add("BH-1", "piezometer", start: Int64(hour) * Self.hour, end: Int64(hour + 1) * Self.hour)
        }
        found.finishKey()
        #expect(found.days == [0, Self.day])
        #expect(found.rows[0].got == [23, 22])
        #expect(found.rows[0].wanted == [24, 24])
        #expect(found.gaps.map(\.from) == [3 * Self.hour, 30 * Self.hour])
        #expect(found.gaps.map(\.to) == [4 * Self.hour, 32 * Self.hour])
        #expect(found.gaps.map(\.windows) == [1, 2])
    }

    @Test func theDaysOfASummerTimeChangeAreAsLongAsTheyAre() {
        let berlin = SiteZone("Europe/Berlin")!
        defer { _ = SiteZone("UTC") }
        // 2026-03-29 has 23 hours there.
        let day = berlin.day("2026-03-29")!
        #expect(day.to - day.from == 23 * Self.hour)
        #expect(berlin.stamp(day.from) == "2026-03-29 00:00:00")
        #expect(berlin.day("2026-02-30") == nil)
    }

    @Test(arguments: ["../etc/passwd", "/etc/localtime", "Nowhere/City", ""])
    func whatIsNoZoneIsRefused(name: String) {
        #expect(SiteZone(name) == nil || name.isEmpty)
    }
}
