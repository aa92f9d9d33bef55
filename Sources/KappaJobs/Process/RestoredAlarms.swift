import KappaCore
import KappaKafka
import KappaStreams

/// What a job of alarms wrote last of each alarm: its own output is its state, read up to its end after the committed
/// places were. Both were written in one transaction, so the two belong together.
struct RestoredAlarms {
    private let topic: String
    private let plan: WindowPlan?
    /// The last record of each alarm, by the partition whose records explain it.
    private var records: [TopicPartition: [[UInt8]: [UInt8]]] = [:]

    /// Reads nothing for other jobs, nor where none of the partitions gives results.
    init(_ spec: JobSpec, _ stages: [JobStage], _ given: [TopicPartition], _ client: KafkaClient) throws {
        topic = spec.stateOutput ?? ""
        let giving = Set(stages.filter { !$0.isKeying }.map(\.topic))
        let places = Set(given.filter { giving.contains($0.topic) })
        guard case .alarms(let plan) = spec.work, !places.isEmpty else {
            plan = nil
            return
        }
        self.plan = plan
        var reader = AlarmReader(plan: plan)
        var found: [TopicPartition: [[UInt8]: [UInt8]]] = [:]
        try TopicReading.all(of: topic, spec.kafka, client) { message in
            guard let key = message.key, let value = message.value, reader.read(value), places.contains(reader.place)
            else { return }
            found[reader.place, default: [:]][Array(key)] = Array(value)
        }
        records = found
    }

    func restore(_ partition: InputPartition, isNew: Bool) throws {
        guard let plan, let job = partition.task as? AlarmJob, let records = records[partition.at] else { return }
        guard !isNew else {
            throw ProcessFailure(
                "'\(topic)' holds alarms of \(partition.at), but this job has not committed anything there",
                hint: "another job wrote them, or this one's group was deleted: --output names another topic")
        }
        var reader = AlarmReader(plan: plan)
        for value in records.values {
            try value.withUnsafeBytes { bytes in
                guard job.restore(&reader, bytes) else { return }
                guard reader.offset < partition.position else {
                    throw ProcessFailure(
                        "'\(topic)' tells of \(partition.at) at \(reader.offset), and the job is at \(partition.position)",
                        hint: "another job writes to it: give each one an --output of its own")
                }
            }
        }
    }
}
