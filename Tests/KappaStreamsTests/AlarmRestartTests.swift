import KappaCore
import Testing

@testable import KappaStreams

/// A job that begins again anywhere, from its own output, its commit and the log, says what it would have said anyway:
/// with late readings, damaged records and ticks among what it reads again.
@Suite struct AlarmRestartTests {
    private struct Record {
        var value: [UInt8]
        /// A tick that moved the clock before it.
        var tick: Int64?
    }

    private static let register = """
        borehole_number,instrument,alert_above,alarm_above,alert_below,hysteresis,hold,alert_rate,rate_per,overdue_after
        *,p,100,110,60,4,20s,8,2m,45s
        b,p,90,,,,-,,,

        """

    /// One life of the job after another, over one log and one output.
    private struct Lives {
        let plan: WindowPlan
        let records: [Record]
        var job: AlarmJob
        var history: [String] = []
        var state: [[UInt8]: [UInt8]] = [:]
        /// The last commit, and where the output stood then.
        var committed: (offset: Int64, position: Int, words: String)?
        var output: (history: [String], state: [[UInt8]: [UInt8]]) = ([], [:])

        init(_ plan: WindowPlan, _ records: [Record]) {
            (self.plan, self.records) = (plan, records)
            job = AlarmJob(plan: plan, place: TopicPartition("raw", 0))
        }

        mutating func take(_ index: Int) {
            var emission = Emission()
            if let tick = records[index].tick { job.advance(to: tick, into: &emission) }
            records[index].value.withUnsafeBytes { value in
                job.process(
                    SourceRecord(offset: Int64(index), timestamp: 1 << 50, key: nil, value: value), into: &emission)
            }
            for place in emission.records.indices where emission.records[place].target == .result {
                let value = Array(emission.value(at: place))
                if emission.records[place].route == 0 {
                    state[Array(emission.key(at: place))] = value
                } else {
                    history.append(String(decoding: value, as: UTF8.self))
                }
            }
        }

        mutating func commit(at position: Int) {
            committed = (job.heldBackOffset ?? Int64(position), position, job.clockWords)
            output = (history, state)
        }

        /// Everything since the last commit is lost, and so is the memory; says where to go on.
        mutating func die() -> Int {
            (history, state) = output
            job = AlarmJob(plan: plan, place: TopicPartition("raw", 0))
            guard let committed else { return 0 }
            #expect(job.restore(clockWords: committed.words))
            var reader = AlarmReader(plan: plan)
            for value in state.values { value.withUnsafeBytes { #expect(job.restore(&reader, $0)) } }
            let again = Int(committed.offset)..<committed.position
            job.expect(again.compactMap { index in records[index].tick.map { (Int64(index), $0) } })
            for index in again {
                records[index].value.withUnsafeBytes { value in
                    job.rebuild(SourceRecord(offset: Int64(index), timestamp: 1 << 50, key: nil, value: value))
                }
            }
            return committed.position
        }
    }

    private static func records(_ seed: Int) -> [Record] {
        var random = SplitMix(seed: UInt64(seed))
        var level = ["a": 95.0, "b": 85.0, "c": 70.0]
        var now = 1_700_000_000_000.0
        return (0..<2500).map { _ in
            now += random.double() * (random.double() < 0.02 ? 60_000 : 4000)
            let name = ["a", "b", "c"][Int(random.double() * 3)]
            level[name, default: 0] += random.double() * 12 - 6 + (85 - level[name, default: 0]) * 0.02
            // One in twenty is late, by up to five minutes; one in fifty is no reading at all.
            let back = random.double() < 0.05 ? random.double() * 300_000 : random.double() * 2000
            let time = Timestamp(milliseconds: Int64(now - back)).rfc3339
            let value = (level[name, default: 0] * 100).rounded() / 100
            let text = """
                {"borehole_number":"\(name)","instrument":"p","reading":\(value),"timestamp":"\(time)"}
                """
            var tick: Int64?
            if random.double() < 0.01 {
                now += 30_000
                tick = Int64(now)
            }
            return Record(value: Array((random.double() < 0.02 ? "{}" : text).utf8), tick: tick)
        }
    }

    @Test(arguments: 0..<10)
    func aRestartAnywhereChangesNothing(seed: Int) throws {
        var plan = WindowPlan.alarms(try Register(text: Self.register, key: WindowPlan().key))
        plan.graceMilliseconds = 5000
        let records = Self.records(seed)
        var whole = Lives(plan, records)
        for index in records.indices { whole.take(index) }
        #expect(whole.history.count > 20)
        #expect(whole.job.counts.late > 20 && whole.job.counts.dead > 10)
        var random = SplitMix(seed: UInt64(seed) &+ 99)
        for spacing in [7, 60, 400] {
            var lives = Lives(plan, records)
            var index = 0
            var deaths = 0
            while index < records.count {
                lives.take(index)
                index += 1
                if random.double() * Double(spacing) < 1 { lives.commit(at: index) }
                if deaths < 200, random.double() * Double(spacing) * 2 < 1 {
                    index = lives.die()
                    deaths += 1
                }
            }
            #expect(deaths > 0)
            let difference = zip(whole.history, lives.history).first { $0 != $1 }
            #expect(difference == nil, "\(spacing): \(String(describing: difference))")
            #expect(lives.history.count == whole.history.count)
            #expect(lives.state == whole.state, "the alarms as they stand")
        }
    }
}
