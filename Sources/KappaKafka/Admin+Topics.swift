import CRdKafka
import KappaCore

/// A topic to be made.
package struct NewTopic: Sendable {
    package var name: String
    /// -1 for the broker's default.
    package var partitions: Int
    /// -1 for the broker's default.
    package var replication: Int
    package var settings: [(key: String, value: String)]

    package init(
        _ name: String, partitions: Int = -1, replication: Int = -1, settings: [(key: String, value: String)] = []
    ) {
        self.name = name
        self.partitions = partitions
        self.replication = replication
        self.settings = settings
    }
}

/// One setting of a topic as the broker has it.
package struct TopicSetting: Sendable, Hashable {
    package var name: String
    package var value: String?
    package var isDefault: Bool
    package var isReadOnly: Bool
    package var isSensitive: Bool
    /// Set on the topic itself, not inherited.
    package var isOwn: Bool
}

extension KafkaClient {
    /// Makes topics; returns once they can be written to.
    package func createTopics(_ topics: [NewTopic], validateOnly: Bool = false) throws(KafkaError) -> [ItemOutcome] {
        var objects: [OpaquePointer?] = []
        defer { for object in objects { rd_kafka_NewTopic_destroy(object) } }
        for topic in topics {
            var reason = [CChar](repeating: 0, count: 256)
            guard
                let object = rd_kafka_NewTopic_new(
                    topic.name, Int32(topic.partitions), Int32(topic.replication), &reason, reason.count)
            else {
                let said = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
                throw KafkaError(
                    code: RD_KAFKA_RESP_ERR__INVALID_ARG.rawValue, kind: .usage,
                    message: "topic '\(topic.name)': \(said)")
            }
            objects.append(object)
            for (key, value) in topic.settings { rd_kafka_NewTopic_set_config(object, key, value) }
        }
        return try admin(
            "creating topics", RD_KAFKA_ADMIN_OP_CREATETOPICS, waitForIt: true, validateOnly: validateOnly,
            send: { rd_kafka_CreateTopics(handle, &objects, objects.count, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_CreateTopics_result(event)
                return outcomes(rd_kafka_CreateTopics_result_topics(result, &count), count)
            })
    }

    package func deleteTopics(_ names: [String]) throws(KafkaError) -> [ItemOutcome] {
        var objects: [OpaquePointer?] = names.map { rd_kafka_DeleteTopic_new($0) }
        defer { for object in objects { rd_kafka_DeleteTopic_destroy(object) } }
        return try admin(
            "deleting topics", RD_KAFKA_ADMIN_OP_DELETETOPICS, waitForIt: true,
            send: { rd_kafka_DeleteTopics(handle, &objects, objects.count, $0, $1) },
            read: { event in
                var count = 0
                return outcomes(
                    rd_kafka_DeleteTopics_result_topics(rd_kafka_event_DeleteTopics_result(event), &count), count)
            })
    }

    /// Raises the number of partitions to `total`.
    package func createPartitions(
        _ topic: String, total: Int, validateOnly: Bool = false
    ) throws(KafkaError) -> ItemOutcome {
        var reason = [CChar](repeating: 0, count: 256)
        guard let object = rd_kafka_NewPartitions_new(topic, total, &reason, reason.count) else {
            let said = String(decoding: reason.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
            throw KafkaError(code: -186, kind: .usage, message: "topic '\(topic)': \(said)")
        }
        defer { rd_kafka_NewPartitions_destroy(object) }
        var objects: [OpaquePointer?] = [object]
        return try admin(
            "adding partitions", RD_KAFKA_ADMIN_OP_CREATEPARTITIONS, waitForIt: true, validateOnly: validateOnly,
            send: { rd_kafka_CreatePartitions(handle, &objects, 1, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_CreatePartitions_result(event)
                return outcomes(rd_kafka_CreatePartitions_result_topics(result, &count), count).first
                    ?? ItemOutcome(name: topic)
            })
    }

    private func outcomes(_ array: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int) -> [ItemOutcome] {
        KafkaClient.each(array, count) { result in
            let name = String(cString: rd_kafka_topic_result_name(result))
            let code = rd_kafka_topic_result_error(result)
            guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return ItemOutcome(name: name) }
            let detail = rd_kafka_topic_result_error_string(result).map { String(cString: $0) }
            return ItemOutcome(name: name, error: KafkaError(code, "topic '\(name)'", detail: detail))
        }
    }

    /// Makes the log start at the given offsets (`PartitionOffset.end` empties a partition); answers with the new
    /// starts.
    package func deleteRecords(before offsets: [PartitionOffset]) throws(KafkaError) -> [PartitionOffset] {
        let list = PartitionList(offsets)
        let object = rd_kafka_DeleteRecords_new(list.pointer)
        defer { rd_kafka_DeleteRecords_destroy(object) }
        var objects: [OpaquePointer?] = [object]
        return try admin(
            "deleting records", RD_KAFKA_ADMIN_OP_DELETERECORDS, waitForIt: true,
            send: { rd_kafka_DeleteRecords(handle, &objects, 1, $0, $1) },
            read: { event in
                PartitionList.offsets(
                    in: rd_kafka_DeleteRecords_result_offsets(rd_kafka_event_DeleteRecords_result(event))!)
            })
    }

    package func describeTopics(_ names: [String]) throws(KafkaError) -> [(
        name: String, settings: Result<[TopicSetting], KafkaError>
    )] {
        try settings(of: RD_KAFKA_RESOURCE_TOPIC, names, "describing topics")
    }

    /// What a broker says of its own settings; empty where it says nothing, or only to others.
    package func brokerSettings(_ id: Int32) -> [String: String] {
        let answers = try? settings(of: RD_KAFKA_RESOURCE_BROKER, [String(id)], "describing broker \(id)")
        guard let settings = try? answers?.first?.settings.get() else { return [:] }
        return settings.reduce(into: [:]) { $0[$1.name] = $1.value }
    }

    private func settings(
        of kind: rd_kafka_ResourceType_t, _ names: [String], _ what: String
    ) throws(KafkaError) -> [(name: String, settings: Result<[TopicSetting], KafkaError>)] {
        var objects: [OpaquePointer?] = names.map { rd_kafka_ConfigResource_new(kind, $0) }
        defer { for object in objects { rd_kafka_ConfigResource_destroy(object) } }
        return try admin(
            what, RD_KAFKA_ADMIN_OP_DESCRIBECONFIGS,
            send: { rd_kafka_DescribeConfigs(handle, &objects, objects.count, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_DescribeConfigs_result(event)
                return KafkaClient.each(rd_kafka_DescribeConfigs_result_resources(result, &count), count) { resource in
                    (String(cString: rd_kafka_ConfigResource_name(resource)), settings(of: resource))
                }
            })
    }

    private func settings(of resource: OpaquePointer) -> Result<[TopicSetting], KafkaError> {
        if let error = resourceError(resource) { return .failure(error) }
        var count = 0
        let entries = rd_kafka_ConfigResource_configs(resource, &count)
        let settings = KafkaClient.each(entries, count) { entry in
            TopicSetting(
                name: String(cString: rd_kafka_ConfigEntry_name(entry)),
                value: rd_kafka_ConfigEntry_value(entry).map { String(cString: $0) },
                isDefault: rd_kafka_ConfigEntry_is_default(entry) != 0,
                isReadOnly: rd_kafka_ConfigEntry_is_read_only(entry) != 0,
                isSensitive: rd_kafka_ConfigEntry_is_sensitive(entry) != 0,
                isOwn: rd_kafka_ConfigEntry_source(entry) == RD_KAFKA_CONFIG_SOURCE_DYNAMIC_TOPIC_CONFIG)
        }
        return .success(settings.sorted { $0.name < $1.name })
    }

    private func resourceError(_ resource: OpaquePointer) -> KafkaError? {
        let code = rd_kafka_ConfigResource_error(resource)
        guard code != RD_KAFKA_RESP_ERR_NO_ERROR else { return nil }
        let name = rd_kafka_ConfigResource_name(resource).map { String(cString: $0) } ?? ""
        let detail = rd_kafka_ConfigResource_error_string(resource).map { String(cString: $0) }
        return KafkaError(code, "topic '\(name)'", detail: detail)
    }

    /// Replaces all of the topic's own settings by `settings`: librdkafka 2.0 knows no smaller step, so read them
    /// first.
    package func replaceSettings(
        of topic: String, by settings: [(key: String, value: String)], validateOnly: Bool = false
    ) throws(KafkaError) {
        let resource = rd_kafka_ConfigResource_new(RD_KAFKA_RESOURCE_TOPIC, topic)!
        defer { rd_kafka_ConfigResource_destroy(resource) }
        for (key, value) in settings { rd_kafka_ConfigResource_set_config(resource, key, value) }
        var objects: [OpaquePointer?] = [resource]
        let error: KafkaError? = try admin(
            "altering topic '\(topic)'", RD_KAFKA_ADMIN_OP_ALTERCONFIGS, validateOnly: validateOnly,
            send: { rd_kafka_AlterConfigs(handle, &objects, 1, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_AlterConfigs_result(event)
                return KafkaClient.each(rd_kafka_AlterConfigs_result_resources(result, &count), count) {
                    resourceError($0)
                }.compactMap { $0 }.first
            })
        if let error { throw error }
    }

    /// What the topic takes of a record, in bytes; nil where the cluster does not tell.
    package func recordLimit(of topic: String) -> Int? {
        let settings = try? describeTopics([topic]).first?.settings.get()
        return settings?.first { $0.name == "max.message.bytes" }?.value.flatMap { Int($0) }
    }
}
