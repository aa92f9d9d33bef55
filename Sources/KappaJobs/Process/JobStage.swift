import KappaCore
import KappaKafka
import KappaStreams

/// One topic that a job reads, and what is done with each of its partitions.
///
/// A job over an input that is not keyed has two: the input, sent on by key, and the keyed topic. Both are read by the
/// same consumer in the same loop, and committed in the same transaction.
package struct JobStage: Sendable {
    package enum Role: Sendable {
        /// Reads the input and gives the results.
        case whole
        /// Reads the input and sends its readings on by key.
        case keying
        /// Reads the keyed topic, fed from so many partitions, and gives the results.
        case merging(sources: Int)
    }

    package let topic: String
    package let partitions: Int
    package let role: Role

    package static func stages(of spec: JobSpec, partitions: Int, keyedPartitions: Int) -> [JobStage] {
        guard spec.needsKeying(partitions: partitions) else {
            return [JobStage(topic: spec.input, partitions: partitions, role: .whole)]
        }
        return [
            JobStage(topic: spec.input, partitions: partitions, role: .keying),
            JobStage(topic: spec.keyed, partitions: keyedPartitions, role: .merging(sources: partitions)),
        ]
    }

    /// The job's fingerprint and this stage's part in it: an input that came to need keying is not continued either.
    package func fingerprint(_ spec: JobSpec) -> String {
        switch role {
        case .whole: spec.fingerprint
        case .keying: Fingerprint.of("\(spec.fingerprint);keying;\(partitions)")
        case .merging(let sources): Fingerprint.of("\(spec.fingerprint);merging;\(sources)")
        }
    }

    /// Whether what this stage committed may be gone on with: under its fingerprint now, or that of an input with fewer
    /// partitions, for partitions are added to a topic.
    func goesOn(from fingerprint: String, _ spec: JobSpec) -> Bool {
        if fingerprint == self.fingerprint(spec) { return true }
        return JobStage.fewer(than: sources).contains { count in
            let role = isKeying ? Role.keying : .merging(sources: count)
            let earlier = JobStage(topic: topic, partitions: isKeying ? count : partitions, role: role)
            return earlier.fingerprint(spec) == fingerprint
        }
    }

    /// What the keyed topic is fed from; 0 where there is none.
    private var sources: Int {
        switch role {
        case .whole: 0
        case .keying: partitions
        case .merging(let sources): sources
        }
    }

    /// An input of one partition needs no keyed topic.
    private static func fewer(than count: Int) -> Range<Int> { 2..<max(2, count) }

    /// The same stages for an input that has more partitions now. What is read by itself is not: there a partition that
    /// is added changes where a key belongs.
    static func stages(_ stages: [JobStage], grownTo count: Int, of spec: JobSpec) -> [JobStage] {
        guard stages.count == 2, stages[0].isKeying, count > stages[0].partitions else { return stages }
        return self.stages(of: spec, partitions: count, keyedPartitions: stages[1].partitions)
    }

    func makeTask(_ spec: JobSpec, partition: Int32) -> PartitionTask {
        switch (spec.work, role) {
        case (.windows(let plan), .keying): return KeyingTask(plan: plan)
        case (.windows(let plan), .merging(let sources)): return WindowJob(plan: plan, sources: sources)
        case (.windows(let plan), .whole):
            let job = WindowJob(plan: plan)
            if partitions > 1 { job.placement = Placement(partition: partition, partitions: Int32(partitions)) }
            return job
        case (.alarms(let plan), .keying): return KeyingTask(plan: plan)
        case (.alarms(let plan), .merging(let sources)):
            return AlarmJob(plan: plan, place: TopicPartition(topic, partition), sources: sources)
        case (.alarms(let plan), .whole):
            let job = AlarmJob(plan: plan, place: TopicPartition(topic, partition))
            if partitions > 1 { job.placement = Placement(partition: partition, partitions: Int32(partitions)) }
            return job
        case (.map(let shape, let filters), _): return MapTask(shape, filters: filters)
        case (.wordsPerLine, _): return LineCountTask()
        case (.runningWords, .keying): return WordSplitTask()
        case (.runningWords, _): return WordCountTask(isMerging: isMerging)
        }
    }

    var isMerging: Bool {
        if case .merging = role { true } else { false }
    }

    var isKeying: Bool {
        if case .keying = role { true } else { false }
    }
}
