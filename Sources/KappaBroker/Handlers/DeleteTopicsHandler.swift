import KappaWire

/// Deletes topics whole: once no sync of them is under way, all that were named right go together.
enum DeleteTopicsHandler: Handler {
    typealias Request = DeleteTopicsRequest

    static func handle(
        _ request: DeleteTopicsRequest, _ call: Call<DeleteTopicsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteTopicsResponse> {
        var seen: [String: Int] = [:]
        for name in request.topicNames { seen[name, default: 0] += 1 }
        var doomed: [Topic] = []
        var response = DeleteTopicsResponse()
        response.responses = request.topicNames.map { name in
            var answer = DeleteTopicsResponse.Topic()
            answer.name = name
            do throws(AdminProblem) {
                doomed.append(try check(name, isNamedOnce: seen[name] == 1, core))
            } catch {
                answer.errorCode = error.code
                answer.errorMessage = error.words
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

    private static func check(
        _ name: String, isNamedOnce: Bool, _ core: BrokerCore
    ) throws(AdminProblem) -> Topic {
        guard isNamedOnce else { throw AdminProblem(.invalidRequest, "the topic \(name) is named more than once") }
        guard let topic = core.topics.topics[name] else {
            throw AdminProblem(.unknownTopicOrPartition, "there is no topic \(name)")
        }
        guard !topic.isInternal else { throw AdminProblem(.invalidRequest, "\(name) is the broker's own") }
        return topic
    }
}
