import Glibc
import KappaCore
import KappaKafka
import KappaStreams

/// Puts what the tasks give out on its way, inside one transaction at a time.
final class JobWriter {
    private let spec: JobSpec
    private let topics: JobTopics
    private let outlet: any JobOutlet
    let transactionalId: String
    /// What has been written to so far, and the outputs.
    private var known: [String: Output] = [:]
    private var outputs: [Output] = []
    private(set) var isOpen = false
    /// What the results are, for whoever reads them. Those of the usual fields go without a word.
    private let resultHeaders: [[Header]]

    private struct Output {
        let topic: Int
        let partitions: Int

        /// With as many partitions as the input the results of a partition stay together, in order; otherwise the key
        /// decides.
        func place(_ partition: InputPartition) -> Int32? {
            partitions == partition.stage.partitions ? partition.at.partition : nil
        }
    }

    init(_ spec: JobSpec, topics: JobTopics, transactionalId: String, outlet: any JobOutlet) throws {
        self.spec = spec
        self.topics = topics
        self.transactionalId = transactionalId
        self.outlet = outlet
        resultHeaders = spec.schemas.map { schema in
            let words = schema.flatMap { $0 == .standard ? nil : $0.text }
            return words.map { [Header(ResultSchema.header, $0)] } ?? []
        }
        outputs = try spec.outputs.map { try output($0) }
    }

    private func output(_ name: String) throws -> Output {
        if let output = known[name] { return output }
        let made = Output(topic: try outlet.topic(name), partitions: topics.partitions(of: name))
        known[name] = made
        return made
    }

    /// Lets go of a transaction whose outcome does not matter any more: the next writer of this name ends it.
    func abandon() { outlet.abandon() }

    /// Throws what has gone wrong meanwhile.
    func poll() throws { try outlet.poll() }

    // MARK: Records

    func write(_ emission: borrowing Emission, from partition: InputPartition, source: JobSource?) throws {
        try open()
        for index in emission.records.indices {
            // Field by field: a copy of the record would count its notes' references.
            switch emission.records[index].target {
            case .result:
                let route = min(emission.records[index].route, outputs.count - 1)
                let output = outputs[route]
                let key = emission.records[index].hasSourceKey ? source?.record.key : emission.key(at: index)
                try produce(
                    output.topic, partition: output.place(partition), key: key, value: emission.value(at: index),
                    time(emission.records[index].timestamp), headers: resultHeaders[route])
            case .late: try setAside(emission, index, to: spec.late, partition, source)
            case .dead: try setAside(emission, index, to: spec.dead, partition, source)
            case .keyed:
                try produce(
                    try output(spec.keyed).topic, partition: nil, key: emission.key(at: index),
                    value: emission.value(at: index), time(emission.records[index].timestamp))
            case .mark:
                for place in 0..<topics.partitions(of: spec.keyed) {
                    try produce(
                        try output(spec.keyed).topic, partition: Int32(place), key: nil,
                        value: emission.value(at: index),
                        time(emission.records[index].timestamp))
                }
            }
        }
    }

    private func setAside(
        _ emission: borrowing Emission, _ index: Int, to topic: String, _ partition: InputPartition,
        _ source: JobSource?
    ) throws {
        let output = try output(topic)
        let record = emission.records[index]
        try produce(
            output.topic, partition: output.place(partition), key: source?.record.key,
            value: record.isWholeRecord ? source?.record.value : emission.value(of: record), time(record.timestamp),
            headers: headers(record, partition, source))
    }

    /// A record cannot bear the time 0, or one before 1970; what is meant stands in the value.
    private func time(_ milliseconds: Int64) -> Timestamp { Timestamp(milliseconds: max(1, milliseconds)) }

    func write(_ tick: Tick) throws {
        try open()
        var (key, json) = (tick.key, tick.json)
        let topic = try output(spec.ticks).topic
        try key.withUTF8 { key in
            try json.withUTF8 { json in
                try produce(
                    topic, partition: nil, key: UnsafeRawBufferPointer(key), value: UnsafeRawBufferPointer(json),
                    time(tick.clock))
            }
        }
    }

    private func produce(
        _ topic: Int, partition: Int32?, key: UnsafeRawBufferPointer?, value: UnsafeRawBufferPointer?,
        _ time: Timestamp, headers: [Header] = []
    ) throws {
        try outlet.write(
            OutgoingRecord(topic: topic, partition: partition, key: key, value: value, time: time, headers: headers))
    }

    /// The source's own headers, then why the record is here and where it came from.
    private func headers(_ record: Emitted, _ partition: InputPartition, _ source: JobSource?) -> [Header] {
        let own = source?.headers.filter { !$0.name.hasPrefix("kappa.") } ?? []
        let origin = [
            Header("kappa.topic", partition.at.topic), Header("kappa.partition", "\(partition.at.partition)"),
            Header("kappa.offset", "\(source?.record.offset ?? partition.position)"), Header("kappa.job", spec.name),
        ]
        return own + record.notes.map { Header($0.name, $0.value) } + origin
    }

    // MARK: Transactions

    private func open() throws {
        guard !isOpen else { return }
        try outlet.begin()
        isOpen = true
    }

    func commit(_ offsets: [PartitionOffset], of group: borrowing GroupMetadata) throws {
        // A member that its group has given up, and that knows it, has no partitions to commit for.
        if let member = group.member, member.generation < 0 || member.id.isEmpty { throw SessionLost() }
        try open()
        try outlet.flush()
        FailPoint.pass(.afterProduce)
        if !offsets.isEmpty { try outlet.send(offsets, of: group) }
        FailPoint.pass(.afterOffsets)
        if FailPoint.isDue(.commitUnanswered) {
            outlet.commitUnheard()
            _ = StopSignal.never.wait(.milliseconds(Int.random(in: 0...8)))
            FailPoint.die()
        }
        try outlet.commit()
        isOpen = false
        FailPoint.pass(.afterCommit)
    }
}
