import KappaCore
package import KappaWire

/// What coordinators know of groups, and what they are told to do with them.
extension ClusterQuestions {
    package typealias Place = (topic: String, partition: Int32, offset: Int64, metadata: String?)
    package typealias Refusal = (topic: String, partition: Int32, code: ErrorCode)

    package func groups() throws(ConnectionFailure) -> [ListGroupsResponse.Group] {
        try askAll(ListGroupsRequest(), code: \.errorCode).flatMap(\.groups)
    }

    /// The group, and the broker that coordinates it. One that is not there is "Dead".
    package func describe(_ group: String) throws(ConnectionFailure) -> DescribeGroupsResponse.Group {
        var request = DescribeGroupsRequest()
        request.groups = [group]
        let outcome = try ask(coordinatorOf: group, request) { $0.groups.first?.errorCode ?? .noError }
        guard let found = outcome.answer.groups.first else {
            throw ConnectionFailure("group '\(group)': the coordinator described nothing")
        }
        return found
    }

    /// All committed places of the group, with what stands beside them.
    package func places(of group: String) throws(ConnectionFailure) -> [Place] {
        var request = OffsetFetchRequest()
        request.groupId = group
        let outcome = try ask(coordinatorOf: group, request, from: 2, code: \.errorCode)
        guard outcome.answer.errorCode == .noError else { throw refused(group, outcome.answer.errorCode) }
        var places: [Place] = []
        for topic in outcome.answer.topics {
            for partition in topic.partitions {
                guard partition.errorCode == .noError else {
                    throw ConnectionFailure(
                        "group '\(group)': \(topic.name)[\(partition.partitionIndex)]: \(partition.errorCode.name)",
                        code: partition.errorCode)
                }
                guard partition.committedOffset >= 0 else { continue }
                places.append((topic.name, partition.partitionIndex, partition.committedOffset, partition.metadata))
            }
        }
        return places
    }

    /// Moves the places of a group without members; what was refused comes back.
    package func commit(_ places: [Place], of group: String) throws(ConnectionFailure) -> [Refusal] {
        var request = OffsetCommitRequest()
        request.groupId = group
        request.topics = places.grouped(byTopic: \.topic).map { name, places in
            OffsetCommitRequest.Topic {
                $0.name = name
                $0.partitions = places.map { place in
                    OffsetCommitRequest.Partition {
                        $0.partitionIndex = place.partition
                        $0.committedOffset = place.offset
                        $0.committedMetadata = place.metadata ?? ""
                    }
                }
            }
        }
        let outcome = try ask(coordinatorOf: group, request) { answer in
            answer.topics.flatMap(\.partitions).map(\.errorCode).first(where: Trial.passes) ?? .noError
        }
        return outcome.answer.topics.flatMap { topic in
            topic.partitions.filter { $0.errorCode != .noError }.map { (topic.name, $0.partitionIndex, $0.errorCode) }
        }
    }

    /// Nil where the group is gone now.
    package func delete(_ group: String) throws(ConnectionFailure) -> ErrorCode? {
        var request = DeleteGroupsRequest()
        request.groupsNames = [group]
        let outcome = try ask(coordinatorOf: group, request) { $0.results.first?.errorCode ?? .noError }
        let code = outcome.answer.results.first?.errorCode ?? .noError
        if code == .groupIdNotFound, outcome.mayBeSecond { return nil }
        return code == .noError ? nil : code
    }

    /// Takes a member out of its group, so that its partitions go to others at once.
    package func leave(_ group: String, member: String) throws(ConnectionFailure) {
        var request = LeaveGroupRequest()
        (request.groupId, request.memberId) = (group, member)
        request.members = [LeaveGroupRequest.Member { $0.memberId = member }]
        _ = try ask(coordinatorOf: group, request) { $0.errorCode }
    }

    private func refused(_ group: String, _ code: ErrorCode) -> ConnectionFailure {
        ConnectionFailure("group '\(group)': \(code.name)", code: code)
    }
}
