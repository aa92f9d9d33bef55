import CRdKafka
import Glibc
package import KappaCore

/// A group as the list shows it.
package struct GroupListing: Sendable, Hashable {
    package var name: String
    package var state: String
}

/// A group with its members.
package struct GroupDescription: Sendable {
    package struct Member: Sendable {
        package var id: String
        package var instanceId: String?
        package var clientId: String
        package var host: String
        package var assignment: [TopicPartition]
    }

    package var name: String
    package var state: String
    package var assignor: String
    package var coordinator: String
    package var members: [Member]
    package var error: KafkaError?

    /// Members are there, so offsets cannot be changed under them.
    package var isActive: Bool { !members.isEmpty }
}

extension KafkaClient {
    package func listGroups() throws(KafkaError) -> [GroupListing] {
        try admin(
            "listing groups", RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPS,
            send: { rd_kafka_ListConsumerGroups(handle, $0, $1) },
            read: { event throws(KafkaError) in
                let result = rd_kafka_event_ListConsumerGroups_result(event)
                var count = 0
                let errors = rd_kafka_ListConsumerGroups_result_errors(result, &count)
                if count > 0, let first = errors?[0] {
                    throw explained(
                        KafkaError(
                            rd_kafka_error_code(first), "listing groups",
                            detail: String(cString: rd_kafka_error_string(first))))
                }
                let valid = rd_kafka_ListConsumerGroups_result_valid(result, &count)
                return KafkaClient.each(valid, count) { listing in
                    GroupListing(
                        name: String(cString: rd_kafka_ConsumerGroupListing_group_id(listing)),
                        state: String(
                            cString: rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupListing_state(listing))))
                }.sorted { $0.name < $1.name }
            })
    }

    package func describeGroups(_ names: [String]) throws(KafkaError) -> [GroupDescription] {
        let copies = names.map { strdup($0) }
        defer { for copy in copies { free(copy) } }
        var pointers: [UnsafePointer<CChar>?] = copies.map { UnsafePointer($0) }
        return try admin(
            "describing groups", RD_KAFKA_ADMIN_OP_DESCRIBECONSUMERGROUPS,
            send: { rd_kafka_DescribeConsumerGroups(handle, &pointers, pointers.count, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_DescribeConsumerGroups_result(event)
                return KafkaClient.each(rd_kafka_DescribeConsumerGroups_result_groups(result, &count), count) {
                    describe($0)
                }
            })
    }

    private func describe(_ group: OpaquePointer) -> GroupDescription {
        let members = (0..<rd_kafka_ConsumerGroupDescription_member_count(group)).map { index in
            let member = rd_kafka_ConsumerGroupDescription_member(group, index)!
            let assignment = rd_kafka_MemberDescription_assignment(member)
            let partitions = assignment.flatMap { rd_kafka_MemberAssignment_partitions($0) }
            return GroupDescription.Member(
                id: String(cString: rd_kafka_MemberDescription_consumer_id(member)),
                instanceId: rd_kafka_MemberDescription_group_instance_id(member).map { String(cString: $0) },
                clientId: String(cString: rd_kafka_MemberDescription_client_id(member)),
                host: String(cString: rd_kafka_MemberDescription_host(member)),
                assignment: partitions.map { PartitionList.offsets(in: $0).map(\.at).sorted() } ?? [])
        }
        let name = String(cString: rd_kafka_ConsumerGroupDescription_group_id(group))
        var described = GroupDescription(
            name: name,
            state: String(
                cString: rd_kafka_consumer_group_state_name(rd_kafka_ConsumerGroupDescription_state(group))),
            assignor: rd_kafka_ConsumerGroupDescription_partition_assignor(group).map { String(cString: $0) } ?? "",
            coordinator: "", members: members)
        if let node = rd_kafka_ConsumerGroupDescription_coordinator(group) {
            described.coordinator = "\(String(cString: rd_kafka_Node_host(node))):\(rd_kafka_Node_port(node))"
        }
        if let error = rd_kafka_ConsumerGroupDescription_error(group),
            rd_kafka_error_code(error) != RD_KAFKA_RESP_ERR_NO_ERROR
        {
            described.error = KafkaError(
                rd_kafka_error_code(error), "group '\(name)'", detail: String(cString: rd_kafka_error_string(error)))
        }
        return described
    }

    /// Committed places of a group: all of them, or those of `partitions`.
    package func groupOffsets(
        _ group: String, _ partitions: [TopicPartition]? = nil
    ) throws(KafkaError) -> [PartitionOffset] {
        // librdkafka keeps its own copy of the list.
        let request: OpaquePointer
        if let partitions {
            let list = PartitionList(partitions)
            request = rd_kafka_ListConsumerGroupOffsets_new(group, list.pointer)
        } else {
            request = rd_kafka_ListConsumerGroupOffsets_new(group, nil)
        }
        defer { rd_kafka_ListConsumerGroupOffsets_destroy(request) }
        var requests: [OpaquePointer?] = [request]
        let answer: Result<[PartitionOffset], KafkaError> = try admin(
            "asking for the offsets of group '\(group)'", RD_KAFKA_ADMIN_OP_LISTCONSUMERGROUPOFFSETS,
            send: { rd_kafka_ListConsumerGroupOffsets(handle, &requests, 1, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_ListConsumerGroupOffsets_result(event)
                return offsets(rd_kafka_ListConsumerGroupOffsets_result_groups(result, &count), count, group)
            })
        return try answer.get().filter { $0.offset >= 0 }
    }

    /// Sets a group's committed places; the group must have no members.
    package func alterGroupOffsets(_ group: String, _ offsets: [PartitionOffset]) throws(KafkaError)
        -> [PartitionOffset]
    {
        let list = PartitionList(offsets)
        let request = rd_kafka_AlterConsumerGroupOffsets_new(group, list.pointer)
        defer { rd_kafka_AlterConsumerGroupOffsets_destroy(request) }
        var requests: [OpaquePointer?] = [request]
        let answer: Result<[PartitionOffset], KafkaError> = try admin(
            "setting the offsets of group '\(group)'", RD_KAFKA_ADMIN_OP_ALTERCONSUMERGROUPOFFSETS,
            send: { rd_kafka_AlterConsumerGroupOffsets(handle, &requests, 1, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_AlterConsumerGroupOffsets_result(event)
                return self.offsets(rd_kafka_AlterConsumerGroupOffsets_result_groups(result, &count), count, group)
            })
        return try answer.get()
    }

    private func offsets(
        _ array: UnsafeMutablePointer<OpaquePointer?>?, _ count: Int, _ group: String
    ) -> Result<[PartitionOffset], KafkaError> {
        guard count > 0, let result = array?[0] else { return .success([]) }
        if let error = rd_kafka_group_result_error(result) {
            return .failure(
                KafkaError(
                    rd_kafka_error_code(error), "group '\(group)'",
                    detail: String(cString: rd_kafka_error_string(error))))
        }
        return .success(rd_kafka_group_result_partitions(result).map { PartitionList.offsets(in: $0) } ?? [])
    }

    package func deleteGroups(_ names: [String]) throws(KafkaError) -> [ItemOutcome] {
        var objects: [OpaquePointer?] = names.map { rd_kafka_DeleteGroup_new($0) }
        defer { for object in objects { rd_kafka_DeleteGroup_destroy(object) } }
        return try admin(
            "deleting groups", RD_KAFKA_ADMIN_OP_DELETEGROUPS,
            send: { rd_kafka_DeleteGroups(handle, &objects, objects.count, $0, $1) },
            read: { event in
                var count = 0
                let result = rd_kafka_event_DeleteGroups_result(event)
                return KafkaClient.each(rd_kafka_DeleteGroups_result_groups(result, &count), count) { group in
                    let name = String(cString: rd_kafka_group_result_name(group))
                    guard let error = rd_kafka_group_result_error(group) else { return ItemOutcome(name: name) }
                    return ItemOutcome(
                        name: name,
                        error: KafkaError(
                            rd_kafka_error_code(error), "group '\(name)'",
                            detail: String(cString: rd_kafka_error_string(error))))
                }
            })
    }
}
