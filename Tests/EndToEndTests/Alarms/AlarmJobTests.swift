import Glibc
import KappaTestSupport
import Testing

/// Alarms are a pure function of the log, whatever becomes of the job.
@Suite(.serialized) struct AlarmJobTests {
    @Test func theAlarmsEqualTheOracles() async throws {
        let scene = try await AlarmScene(register: AlarmScene.lively)
        try await scene.simulate(15_000, faults: AlarmScene.faults)
        // What is compacted would hide what was written in between.
        try await scene.run("topics", "create", "whole", "-c", "cleanup.policy=delete", "-c", "retention.ms=-1")
        let run = try await scene.alarms("whole")
        #expect(run.errors.contains("processed 15000 records"), "\(run.errors)")
        try await scene.verify("whole")
        // Without a word the state's topic is made compacted.
        _ = try await scene.alarms("compacted")
        let settings = try await scene.run("topics", "describe", "compacted").output
        #expect(settings.contains("compact"))
        try await scene.verify("compacted", "--compacted")
    }

    /// `make alarm-kills` asks for fifty, over half a million readings.
    @Test func aJobThatIsKilledAgainAndAgainWritesTheSame() async throws {
        let wanted = getenv("KAPPA_ALARM_KILLS").flatMap { Int(String(cString: $0)) }
        let kills = wanted ?? 8
        let scene = try await AlarmScene(register: AlarmScene.lively)
        try await scene.simulate(wanted == nil ? 12_000 : 500_000, faults: AlarmScene.faults)
        let points = ["after-produce", "after-offsets", "commit-unanswered", "after-commit"]
        var killed = 0
        let batch = wanted == nil ? 400...1200 : 2000...5000
        for kill in 0..<kills {
            let result = try await scene.alarms(
                "alarms",
                ["--commit-records", "\(Int.random(in: batch))", "--poll-size", "100"] + AlarmScene.impatient,
                status: nil, failing: "\(points[kill % 4]):\(Int.random(in: 1...2))")
            if result.status == 86 { killed += 1 }
        }
        #expect(killed > kills / 2)
        _ = try await scene.alarms("alarms")
        try await scene.verify("alarms", "--compacted")
    }

    /// Read partition by partition and brought together by key, each sensor has the alarms that it has in one log.
    @Test func anInputOfManyPartitionsGivesEachSensorTheSame() async throws {
        let scene = try await AlarmScene(register: AlarmScene.lively, partitions: 3)
        try await scene.simulate(12_000, faults: [])
        _ = try await scene.alarms("alarms", ["--commit-every", "50ms"])
        try await scene.verify("alarms", "--by-sensor", "--sort")
        let keyed = try await scene.run("consume", "alarms.history", "-e", "--count", "1")
        #expect(keyed.output.contains("\"reading_topic\":\"alarms.keyed\""), "\(keyed.output)")
    }

    /// A sensor that says nothing while the log is silent too: the clock's tick is recorded, and a second job that
    /// hears of it says the same at the same place.
    @Test func silenceIsToldByARecordedTick() async throws {
        let scene = try await AlarmScene(
            register: AlarmScene.header + "*,piezometer,kPa,,,,,,,,,,30s,shift,go and look\n")
        try await scene.produce(
            AlarmScene.reading("BH-1", "12:00:00", "1"), AlarmScene.reading("BH-2", "12:00:20", "1"))
        let job = try Kappa.start(
            ["alarms", "run", "--register", "site.csv", "--idle", "1s", "--grace", "1s", "-b", scene.broker.address],
            directory: scene.broker.folder.path)
        let deadline = ContinuousClock.now + .seconds(120)
        var history: [String] = []
        repeat {
            try await Task.sleep(for: .milliseconds(300))
            let topics = try await scene.run("topics", "list", "--ndjson").output
            guard topics.contains("\"alarms.history\"") else { continue }
            history = try await scene.run("consume", "alarms.history", "-e").lines
        } while history.count < 2 && ContinuousClock.now < deadline
        job.signal(SIGTERM)
        _ = try await job.finish(timeout: .seconds(60))
        #expect(history.count == 2, "\(history)")
        #expect(history.first?.contains("\"BH-1\"") == true && history.first?.contains("12:00:30.000Z") == true)
        #expect(history.last?.contains("\"BH-2\"") == true && history.last?.contains("12:00:50.000Z") == true)
        _ = try await scene.alarms("again", ["--ticks", "alarms.ticks", "--grace", "1s"])
        #expect(try await scene.run("consume", "again.history", "-e").lines == history)
        // Without the ticks nobody has waited.
        _ = try await scene.alarms("deaf", ["--grace", "1s"])
        #expect(try await scene.run("consume", "deaf.history", "-e").lines.isEmpty)
    }

    @Test func theStateOfAnotherJobIsNotGoneOnFrom() async throws {
        let scene = try await AlarmScene(register: AlarmScene.header + "*,piezometer,kPa,,100,,,,,,,,,,\n")
        try await scene.produce(AlarmScene.reading("BH-1", "12:00:00", "120"))
        _ = try await scene.alarms("alarms")
        let other = try await scene.alarms("other", ["-o", "alarms"], status: 1)
        #expect(other.errors.contains("'alarms' holds alarms of monitoring[0]"), "\(other.errors)")
        try scene.broker.folder.write("site.csv", AlarmScene.header + "*,piezometer,kPa,,90,,,,,,,,,,\n")
        let changed = try await scene.alarms("alarms", status: 2)
        #expect(changed.errors.contains("--register was 'file "), "\(changed.errors)")
        // Unless it is told to; then the history says so.
        let adopted = try await scene.alarms("alarms", ["--adopt"])
        #expect(adopted.errors.contains("going on under another register"), "\(adopted.errors)")
        try await scene.produce(AlarmScene.reading("BH-2", "12:00:01", "95"))
        _ = try await scene.alarms("alarms")
        let history = try await scene.run("alarms", "history", "--csv").lines
        #expect(history.contains { $0.contains(",register,") } && history.contains { $0.contains("BH-2|piezometer") })
        let grace = try await scene.alarms("alarms", ["--adopt", "--grace", "20s"], status: 2)
        #expect(grace.errors.contains("--grace was"), "\(grace.errors)")
    }
}
