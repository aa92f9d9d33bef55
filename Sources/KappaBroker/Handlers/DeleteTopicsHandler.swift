import KappaWire

enum DeleteTopicsHandler: Handler {
    typealias Request = DeleteTopicsRequest

    static func handle(
        _ request: DeleteTopicsRequest, _ call: Call<DeleteTopicsResponse>, _ core: BrokerCore
    ) -> Outcome<DeleteTopicsResponse> {
        .answer(
            DeleteTopicsResponse { response in
                response.responses = request.topicNames.map { name in
                    .init { answer in
                        answer.name = name
                        delete(name, core, &answer)
                    }
                }
            })
    }

    private static func delete(_ name: String, _ core: BrokerCore, _ answer: inout DeleteTopicsResponse.Topic) {
        guard let topic = core.topics.topics[name] else {
            answer.errorCode = .unknownTopicOrPartition
            return
        }
        guard !topic.isInternal else {
            answer.errorCode = .invalidRequest
            answer.errorMessage = "\(name) is the broker's own"
            return
        }
        do {
            try core.topics.delete(topic)
            core.groups.forget(topic: name)
        } catch {
            core.configuration.log("the topic \(name) could not be deleted: \(error)")
            answer.errorCode = .kafkaStorageError
            answer.errorMessage = "\(error)"
        }
    }
}
