package import KappaCore
package import KappaKafka
package import KappaStreams

/// What registers would have said of the log: nothing is written.
package struct AlarmTrial {
    package struct Alarm: Hashable, Sendable {
        package var sensor: String
        package var side: AlarmSide
        package var level: String
    }

    package struct Count: Sendable {
        /// How often the level was reached, by each of the registers.
        package var times: [Int]
        package var first: Timestamp
        package var last: Timestamp
    }

    package private(set) var counts: [Alarm: Count] = [:]
    package private(set) var readings = 0

    /// Reads the input from its beginning to the end it has now: what stood before `from` is no new alarm after it.
    package init(
        _ plans: [WindowPlan], input: String, from: Timestamp, until: Timestamp, _ kafka: KafkaConfiguration
    ) throws {
        let client = try KafkaClient(kafka)
        guard try client.metadata().topics.contains(where: { $0.name == input }) else {
            throw JobFailure("there is no topic '\(input)' to read", hint: "'kappa topics list' shows what there is")
        }
        var jobs: [Int32: [AlarmJob]] = [:]
        var emission = Emission()
        try TopicReading.all(of: input, kafka, client) { message in
            let partition = message.partition
            let own =
                jobs[partition] ?? plans.map { AlarmJob(plan: $0, place: TopicPartition(input, partition)) }
            if jobs[partition] == nil { jobs[partition] = own }
            let record = JobSource(message).record
            for (index, job) in own.enumerated() {
                job.process(record, into: &emission)
                if !emission.isEmpty { hear(emission, index, plans[index], from..<until, of: plans.count) }
                emission.removeAll()
            }
        }
        readings = jobs.values.compactMap { $0.first?.counts.accepted }.reduce(0, +)
    }

    private mutating func hear(
        _ emission: borrowing Emission, _ index: Int, _ plan: WindowPlan, _ span: Range<Timestamp>, of count: Int
    ) {
        for place in emission.records.indices {
            guard emission.records[place].target == .result, emission.records[place].route == 1,
                let record = AlarmRecord(
                    key: emission.key(at: place), value: emission.value(at: place), time: plan.time),
                [.raised, .escalated, .overdue].contains(record.event), span.contains(record.time)
            else { continue }
            let alarm = Alarm(sensor: record.sensor, side: record.side, level: record.level ?? "")
            var known =
                counts[alarm]
                ?? Count(
                    times: Array(repeating: 0, count: count), first: record.time, last: record.time)
            known.times[index] += 1
            (known.first, known.last) = (min(known.first, record.time), max(known.last, record.time))
            counts[alarm] = known
        }
    }
}
