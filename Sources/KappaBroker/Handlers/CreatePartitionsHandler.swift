import KappaWire

enum CreatePartitionsHandler: Handler {
    typealias Request = CreatePartitionsRequest

    static func handle(
        _ request: CreatePartitionsRequest, _ call: Call<CreatePartitionsResponse>, _ core: BrokerCore
    ) -> Outcome<CreatePartitionsResponse> {
        .answer(
            CreatePartitionsResponse { response in
                response.results = request.topics.map { part in
                    .init { answer in
                        answer.name = part.name
                        do throws(AdminProblem) {
                            try add(part, validateOnly: request.validateOnly, core)
                        } catch {
                            answer.errorCode = error.code
                            answer.errorMessage = error.words
                        }
                    }
                }
            })
    }

    private static func add(
        _ part: CreatePartitionsRequest.Topic, validateOnly: Bool, _ core: BrokerCore
    ) throws(AdminProblem) {
        guard let topic = core.topics.topics[part.name] else {
            throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(part.name)")
        }
        guard !topic.isInternal else { throw AdminProblem(.invalidRequest, "\(part.name) is the broker's own") }
        let present = topic.partitions.count
        guard part.count > present, part.count <= TopicStore.mostPartitions else {
            throw AdminProblem(
                .invalidPartitions, "\(part.name) has \(present) partitions, and their number can only grow")
        }
        if let assignments = part.assignments {
            guard assignments.count == Int(part.count) - present,
                assignments.allSatisfy({ $0.brokerIds == [BrokerCore.nodeId] })
            else {
                throw AdminProblem(
                    .invalidReplicaAssignment, "each new partition goes to broker \(BrokerCore.nodeId)")
            }
        }
        guard !validateOnly else { return }
        do {
            try core.topics.addPartitions(to: topic, total: Int(part.count), now: core.now)
        } catch {
            core.configuration.log("\(part.name) got no further partitions: \(error)")
            throw AdminProblem(.kafkaStorageError, "\(error)")
        }
    }
}
