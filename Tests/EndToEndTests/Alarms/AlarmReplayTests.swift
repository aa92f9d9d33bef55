import KappaTestSupport
import Testing

/// Other levels are replayed, compared and switched to, as the rules of windows are.
@Suite(.serialized) struct AlarmReplayTests {
    private static let old = AlarmScene.header + "*,piezometer,kPa,,100,,,,5,,,,,,\n"
    private static let new = AlarmScene.header + "*,piezometer,kPa,,110,,,,5,,,,,,\n"

    /// By hand: above 100 there are two visits, above 110 the second of them; each begins and ends once. In several
    /// partitions the readings go through a keyed topic, which each generation has for itself.
    @Test(arguments: [1, 3])
    func otherLevelsAreComparedBeforeTheyAreSwitchedTo(partitions: Int) async throws {
        let scene = try await AlarmScene(register: Self.old, partitions: partitions)
        try scene.broker.folder.write("new.csv", Self.new)
        let readings = [90, 101, 105, 90, 112, 90].enumerated().map { index, value in
            AlarmScene.reading("BH-1", "12:00:0\(index)", "\(value)")
        }
        // What happens to an alarm depends on the order of its sensor's readings: they lie in one partition.
        try await scene.run(
            "produce", "monitoring", "--key-field", "borehole_number",
            stdin: readings.joined() + AlarmScene.reading("BH-2", "12:10:00", "1"))
        _ = try await scene.alarms("alarms")
        let before = try await scene.run("alarms", "history", "--csv").lines
        #expect(before.count == 5, "\(before)")

        let again = ["replay", "start", "--kind", "alarms", "--drain"] + AlarmScene.far
        try await scene.run(again + ["--register", "site.csv"])
        try await scene.run("replay", "diff", "--job", "alarms", "--expect-equal")

        try await scene.run(again + ["--register", "new.csv"])
        let unseen = try await scene.run("replay", "switch", "--job", "alarms", status: 1)
        #expect(unseen.errors.contains("generation 3 has not been compared"), "\(unseen.errors)")
        let diff = try await scene.run("replay", "diff", "--job", "alarms", "--sensors", "--csv")
        #expect(
            diff.lines == [
                "topic,sensor,changed,added,missing,largest_change,from,to",
                "alarms.history,BH-1|piezometer|above|cleared,1,0,1,10.0,2024-05-01T12:00:03.000Z,2024-05-01T12:00:05.000Z",
                "alarms.history,BH-1|piezometer|above|raised,1,0,1,10.0,2024-05-01T12:00:01.000Z,2024-05-01T12:00:04.000Z",
            ], "\(diff.output)")
        #expect(try await scene.run("alarms", "history", "--csv").lines == before)

        let switched = try await scene.run("replay", "switch", "--job", "alarms")
        #expect(switched.errors.contains("2 sensors differ, as compared at "), "\(switched.errors)")
        #expect(
            switched.errors.contains(
                "  alarms.history BH-1|piezometer|above|raised: 1 changed, 1 missing, from 2024-05-01T12:00:01.000Z to "
            ),
            "\(switched.errors)")
        let after = try await scene.run("alarms", "history", "--csv").lines
        #expect(after.count == 3 && after[1].contains(",raised,") && after[1].contains(",112.0,110.0,"), "\(after)")
        try await scene.run("replay", "rollback", "--job", "alarms")
        #expect(try await scene.run("alarms", "history", "--csv").lines == before)
    }

    @Test func aJobIsReplayedAsWhatItIs() async throws {
        let scene = try await AlarmScene(register: Self.old)
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:00", "101"))
        _ = try await scene.alarms("alarms")
        try await scene.run(["process", "--drain"] + AlarmScene.far)
        func refused(_ words: String..., status: Int32 = 2) async throws -> String {
            try await scene.run(["replay", "start", "--register", "site.csv"] + words, status: status).errors
        }
        #expect(try await refused("--job", "alarms", status: 1).contains("--kind alarms replays it"))
        #expect(
            try await refused("--kind", "alarms", "--job", "monitoring", status: 1).contains("raises no alarms"))
        #expect(try await refused("--kind", "alarms", "--window", "5s").contains("--window is for windows"))
        #expect(try await refused("--kind", "alarms", "--from", "2024-05-01T12:00:00Z").contains("--from: "))
        #expect(try await refused("--kind", "alarms", "--store", "sqlite:x.db").contains("fill a table each"))
    }
}
