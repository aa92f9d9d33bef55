import KappaCore
import KappaWire

/// Topics go all together, once none of them is being synced. They are named, or from version 6 on also given by id.
enum DeleteTopicsHandler: Handler {
    typealias Request = DeleteTopicsRequest

    static func handle(
        _ request: DeleteTopicsRequest, _ call: Call<DeleteTopicsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteTopicsResponse> {
        let wanted = call.version >= 6 ? request.topics : request.topicNames.map { name in .init { $0.name = name } }
        let found = wanted.map { $0.name.map { core.topics.topics[$0] } ?? core.topics.topic($0.topicId) }
        var seen: [String: Int] = [:]
        for topic in found { if let topic { seen[topic.name, default: 0] += 1 } }
        var doomed: [Topic] = []
        var response = DeleteTopicsResponse()
        response.responses = zip(wanted, found).map { wanted, topic in
            var answer = DeleteTopicsResponse.Topic()
            answer.name = topic?.name ?? wanted.name
            answer.topicId = topic?.id.wire ?? wanted.topicId
            do throws(AdminProblem) {
                try authorize(topic, wanted, call, core)
                doomed.append(try check(topic, wanted, isNamedOnce: topic.map { seen[$0.name] == 1 } ?? true))
            } catch {
                answer.errorCode = error.code
                answer.errorMessage = error.words
                // Who may not know of the topic must not learn what an id stands for, or a name.
                if error.code == .topicAuthorizationFailed {
                    answer.name = wanted.name
                    answer.topicId = wanted.topicId
                }
            }
            return answer
        }
        core.delete(doomed) { problem in
            if let problem {
                for index in response.responses.indices where response.responses[index].errorCode == .noError {
                    response.responses[index].errorCode = .kafkaStorageError
                    response.responses[index].errorMessage = problem
                }
            }
            call.answer(response)
        }
        return .wait
    }

    private static func authorize(
        _ topic: Topic?, _ wanted: DeleteTopicsRequest.State, _ call: Call<DeleteTopicsResponse>, _ core: BrokerCore
    ) throws(AdminProblem) {
        guard let name = topic?.name ?? wanted.name else { return }
        guard call.may(.delete, .topic(name), core) else {
            throw AdminProblem(.topicAuthorizationFailed, "Topic authorization failed.")
        }
    }

    private static func check(
        _ topic: Topic?, _ wanted: DeleteTopicsRequest.State, isNamedOnce: Bool
    ) throws(AdminProblem) -> Topic {
        guard let topic else {
            guard let name = wanted.name else {
                throw AdminProblem(.unknownTopicId, "there is no topic of id \(wanted.topicId)")
            }
            throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(name)")
        }
        guard isNamedOnce else {
            throw AdminProblem(.invalidRequest, "the topic \(topic.name) is named more than once")
        }
        guard !topic.isInternal else { throw AdminProblem(.invalidRequest, "\(topic.name) is the broker's own") }
        return topic
    }
}
