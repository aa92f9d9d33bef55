import CRdKafka
import Glibc
package import KappaCore
import KappaDirect

/// What a cluster says of itself.
package struct ClusterMetadata: Sendable {
    package struct Broker: Sendable, Hashable {
        package var id: Int32
        package var host: String
        package var port: Int
    }

    package struct Partition: Sendable {
        package var id: Int32
        package var leader: Int32
        package var replicas: [Int32]
        package var inSync: [Int32]
        package var error: KafkaError?
    }

    package struct Topic: Sendable {
        package var name: String
        package var partitions: [Partition]
        package var error: KafkaError?

        /// Kafka's own bookkeeping topics, and kappa's, begin so.
        package var isInternal: Bool { name.hasPrefix("__") }
    }

    package var brokers: [Broker]
    package var topics: [Topic]
    package var clusterId: String?
    package var controller: Int32
    /// The broker that answered.
    package var answeredBy: String
}

/// The first and the next offset of a partition.
package struct Watermarks: Sendable, Hashable {
    package var low: Int64
    package var high: Int64

    package init(low: Int64, high: Int64) {
        self.low = low
        self.high = high
    }
}

extension KafkaClient {
    /// Asks for one topic, or for all of them.
    package func metadata(topic: String? = nil) throws(KafkaError) -> ClusterMetadata {
        var raw: UnsafePointer<rd_kafka_metadata>?
        let code: rd_kafka_resp_err_t
        if let topic {
            // The handle makes the client follow the topic from here on, which is what a later produce wants.
            guard let local = rd_kafka_topic_new(handle, topic, nil) else {
                throw KafkaError(rd_kafka_last_error(), "topic '\(topic)'")
            }
            defer { rd_kafka_topic_destroy(local) }
            code = try patiently { rd_kafka_metadata(handle, 0, local, &raw, $0) }
        } else {
            code = try patiently { rd_kafka_metadata(handle, 1, nil, &raw, $0) }
        }
        try check(code, "asking for metadata")
        defer { rd_kafka_metadata_destroy(raw) }
        return read(raw!.pointee)
    }

    /// Whether any broker answers.
    package func ping() throws(KafkaError) {
        var raw: UnsafePointer<rd_kafka_metadata>?
        try check(try patiently { rd_kafka_metadata(handle, 0, nil, &raw, $0) }, "asking for metadata")
        rd_kafka_metadata_destroy(raw)
    }

    /// Asks in ever longer steps, so that a sign-in that fails is told at once, and not when the time is over.
    private func patiently(_ ask: (Int32) -> rd_kafka_resp_err_t) throws(KafkaError) -> rd_kafka_resp_err_t {
        let limit = configuration.timeoutMilliseconds
        guard let bridge = notes.bridge else { return ask(limit) }
        var (spent, step): (Int32, Int32) = (0, 100)
        while true {
            let code = ask(min(step, limit - spent))
            spent += step
            if code == RD_KAFKA_RESP_ERR_NO_ERROR { return code }
            if let trouble = bridge.trouble, trouble.isSecurity { throw untrusted(trouble) }
            guard spent < limit else { return code }
            step *= 2
        }
    }

    /// The topic's partitions, or why there are none.
    package func partitions(of topic: String) throws(KafkaError) -> [TopicPartition] {
        guard let found = try metadata(topic: topic).topics.first else {
            throw KafkaError(RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART, "topic '\(topic)'")
        }
        if let error = found.error { throw error }
        return found.partitions.map { TopicPartition(topic, $0.id) }
    }

    private func read(_ raw: rd_kafka_metadata) -> ClusterMetadata {
        let brokers = (0..<Int(raw.broker_cnt)).map { index in
            let broker = raw.brokers[index]
            return ClusterMetadata.Broker(id: broker.id, host: String(cString: broker.host), port: Int(broker.port))
        }
        let topics = (0..<Int(raw.topic_cnt)).map { read(raw.topics[$0]) }
        let limit = configuration.timeoutMilliseconds
        var clusterId: String?
        if let text = rd_kafka_clusterid(handle, 0) {
            clusterId = String(cString: text)
            rd_kafka_mem_free(handle, text)
        }
        return ClusterMetadata(
            brokers: brokers.sorted { $0.id < $1.id }, topics: topics.sorted { $0.name < $1.name },
            clusterId: clusterId, controller: rd_kafka_controllerid(handle, min(limit, 1000)),
            answeredBy: String(cString: raw.orig_broker_name))
    }

    private func read(_ raw: rd_kafka_metadata_topic) -> ClusterMetadata.Topic {
        let name = String(cString: raw.topic)
        let partitions = (0..<Int(raw.partition_cnt)).map { index in
            let partition = raw.partitions[index]
            return ClusterMetadata.Partition(
                id: partition.id, leader: partition.leader,
                replicas: (0..<Int(partition.replica_cnt)).map { partition.replicas[$0] },
                inSync: (0..<Int(partition.isr_cnt)).map { partition.isrs[$0] },
                error: partition.err == RD_KAFKA_RESP_ERR_NO_ERROR
                    ? nil : KafkaError(partition.err, "\(name)[\(partition.id)]"))
        }
        return ClusterMetadata.Topic(
            name: name, partitions: partitions.sorted { $0.id < $1.id },
            error: raw.err == RD_KAFKA_RESP_ERR_NO_ERROR ? nil : KafkaError(raw.err, "topic '\(name)'"))
    }

    /// `rd_kafka_query_watermark_offsets` would wait for minutes where the broker goes away meanwhile, whatever its
    /// time-out; the question for times knows the two ends too, and keeps to it.
    package func watermarks(_ at: TopicPartition) throws(KafkaError) -> Watermarks {
        guard let found = try watermarks(of: [at])[at] else {
            throw KafkaError(RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION, "\(at)")
        }
        return found
    }

    /// All at once: one question for the beginnings and one for the ends.
    package func watermarks(of partitions: [TopicPartition]) throws(KafkaError) -> [TopicPartition: Watermarks] {
        guard !partitions.isEmpty else { return [:] }
        let low = try ends(of: partitions, PartitionOffset.beginning)
        let high = try ends(of: partitions, PartitionOffset.end)
        var found: [TopicPartition: Watermarks] = [:]
        for (at, offset) in low { found[at] = Watermarks(low: offset, high: high[at] ?? offset) }
        return found
    }

    /// A leader that moves, or is only just made, is asked again: for as long as brokers answer, or none does.
    private func ends(of partitions: [TopicPartition], _ which: Int64) throws(KafkaError) -> [TopicPartition: Int64] {
        let began = ContinuousClock.now
        let names = partitions.count > 3 ? "\(partitions.count) partitions" : "\(partitions)".dropFirst().dropLast()
        var pauses = BackOff(from: .milliseconds(20), to: .milliseconds(250))
        while true {
            do throws(KafkaError) {
                return try askEnds(of: partitions, which, "asking for the offsets of \(names)")
            } catch {
                let limit = error.kind == .unreachable ? .zero : configuration.patience
                guard error.passes, began.duration(to: .now) + pauses.coming < limit else { throw error }
                if configuration.stop.wait(pauses.pause()) { throw KafkaError.stopped(configuration.stop) }
                // librdkafka looks for the leader anew only when it is told to.
                _ = try? metadata()
            }
        }
    }

    private func askEnds(
        of partitions: [TopicPartition], _ which: Int64, _ what: String
    ) throws(KafkaError) -> [TopicPartition: Int64] {
        let list = PartitionList(partitions.map { PartitionOffset($0, which) })
        try check(rd_kafka_offsets_for_times(handle, list.pointer, configuration.timeoutMilliseconds), what)
        var ends: [TopicPartition: Int64] = [:]
        for found in list.offsets {
            if let error = found.error { throw explained(error) }
            ends[found.at] = found.offset
        }
        return ends
    }

    /// The first offset whose record is not before `time`; `PartitionOffset.end` where there is none.
    package func offsets(
        atOrAfter time: Timestamp, in partitions: [TopicPartition]
    ) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(partitions.map { PartitionOffset($0, time.milliseconds) })
        try check(
            rd_kafka_offsets_for_times(handle, list.pointer, configuration.timeoutMilliseconds),
            "asking for offsets by time")
        return list.offsets
    }
}
