import KappaCore
import KappaWire

enum CreatePartitionsHandler: Handler {
    typealias Request = CreatePartitionsRequest

    static func handle(
        _ request: CreatePartitionsRequest, _ call: Call<CreatePartitionsResponse>, _ core: BrokerCore
    ) -> Outcome<CreatePartitionsResponse> {
        var response = CreatePartitionsResponse()
        var left = request.topics.count
        guard left > 0 else { return .answer(response) }
        response.results = request.topics.map { part in .init { $0.name = part.name } }
        for (number, part) in request.topics.enumerated() {
            let isDenied = !call.may(.alter, .topic(part.name), core)
            add(part, isDenied: isDenied, validateOnly: request.validateOnly, core) { problem in
                response.results[number].errorCode = problem?.code ?? .noError
                response.results[number].errorMessage = problem?.words
                left -= 1
                if left == 0 { call.answer(response) }
            }
        }
        return .wait
    }

    private static func add(
        _ part: CreatePartitionsRequest.Topic, isDenied: Bool, validateOnly: Bool, _ core: BrokerCore,
        _ done: @escaping (AdminProblem?) -> Void
    ) {
        do throws(AdminProblem) {
            guard !isDenied else { throw AdminProblem(.topicAuthorizationFailed, "Authorization failed.") }
            let topic = try check(part, core)
            guard !validateOnly else { return done(nil) }
            core.topics.addPartitions(to: topic, total: Int(part.count), now: core.now, core.elsewhere) { result in
                guard case .failure(let error) = result else { return done(nil) }
                core.complain("\(part.name) got no further partitions: \(error)")
                done(AdminProblem(.kafkaStorageError, "\(error)"))
            }
        } catch {
            done(error)
        }
    }

    private static func check(
        _ part: CreatePartitionsRequest.Topic, _ core: BrokerCore
    ) throws(AdminProblem) -> Topic {
        guard let topic = core.topics.topics[part.name] else {
            throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(part.name)")
        }
        guard !topic.isInternal else { throw AdminProblem(.invalidRequest, "\(part.name) is the broker's own") }
        guard !core.topics.making.contains(part.name) else {
            throw AdminProblem(.invalidRequest, "partitions of \(part.name) are just being made")
        }
        let present = topic.partitions.count
        guard part.count > present, part.count <= TopicStore.mostPartitions else {
            throw AdminProblem(
                .invalidPartitions, "\(part.name) has \(present) partitions, and their number can only grow")
        }
        if let assignments = part.assignments {
            guard assignments.count == Int(part.count) - present,
                assignments.allSatisfy({ $0.brokerIds == [core.configuration.nodeId] })
            else {
                throw AdminProblem(
                    .invalidReplicaAssignment, "each new partition goes to broker \(core.configuration.nodeId)")
            }
        }
        return topic
    }
}
