import KappaCore
import KappaWire

/// Questions to a cluster beside any reading and writing, each repeated until it is answered or its time is over.
///
/// librdkafka can end the program in these (it dereferences a coordinator that it does not have, and counts down an
/// object that it has freed), so they are asked here. One thread at a time.
package final class ClusterQuestions {
    private let settings: ClusterSettings
    private var connections: [BrokerAddress: BrokerConnection] = [:]
    private var coordinators: [String: BrokerAddress] = [:]

    package init(_ settings: ClusterSettings) { self.settings = settings }

    /// What a question came to.
    struct Outcome<Answer> {
        var answer: Answer
        /// An earlier attempt was cut off when it was on its way: the broker may have done already what it was asked.
        var mayBeSecond: Bool
    }

    /// Asks the coordinator of a group. `code` reads from an answer what may be a matter of time.
    func ask<Request: RequestMessage>(
        coordinatorOf group: String, _ request: Request, from oldest: Int16 = 0,
        code: (Request.Response) -> ErrorCode
    ) throws(ConnectionFailure) -> Outcome<Request.Response> {
        var trial = Trial(settings)
        var mayBeSecond = false
        while true {
            do throws(ConnectionFailure) {
                let home = try coordinator(of: group, within: trial.left)
                trial.hear()
                let connection = try connected(to: home, within: trial.left)
                let found = try asking(connection, request, oldest, &mayBeSecond)
                let said = code(found)
                guard Trial.passes(said) else { return Outcome(answer: found, mayBeSecond: mayBeSecond) }
                throw ConnectionFailure("group '\(group)': \(home) answered \(said.name)", code: said)
            } catch {
                // Whoever it was, it may be another one now.
                if error.code != .coordinatorLoadInProgress { coordinators[group] = nil }
                try trial.rest(after: error)
            }
        }
    }

    private func asking<Request: RequestMessage>(
        _ connection: BrokerConnection, _ request: Request, _ oldest: Int16, _ wasSent: inout Bool
    ) throws(ConnectionFailure) -> Request.Response {
        do throws(ConnectionFailure) {
            return try connection.ask(request, from: oldest)
        } catch {
            wasSent = true
            connections[connection.broker] = nil
            throw error
        }
    }

    private func coordinator(of group: String, within limit: Duration) throws(ConnectionFailure) -> BrokerAddress {
        if let known = coordinators[group] { return known }
        var request = FindCoordinatorRequest()
        request.key = group
        let answer = try askAnyone(request, within: limit)
        guard answer.errorCode == .noError else {
            throw ConnectionFailure(
                "group '\(group)': its coordinator: \(answer.errorCode.name)", code: answer.errorCode)
        }
        let found = BrokerAddress(host: answer.host, port: Int(answer.port))
        coordinators[group] = found
        return found
    }

    /// Asks the brokers in turn until one answers.
    private func askAnyone<Request: RequestMessage>(
        _ request: Request, within limit: Duration
    ) throws(ConnectionFailure) -> Request.Response {
        var trouble = ConnectionFailure("no broker is named", kind: .unreachable)
        for broker in settings.brokers {
            do throws(ConnectionFailure) {
                return try connected(to: broker, within: limit).ask(request)
            } catch {
                connections[broker] = nil
                trouble = error
            }
        }
        throw trouble
    }

    /// Asks any one broker.
    func askOne<Request: RequestMessage>(
        _ request: Request, code: (Request.Response) -> ErrorCode
    ) throws(ConnectionFailure) -> Request.Response {
        var trial = Trial(settings)
        while true {
            do throws(ConnectionFailure) {
                let answer = try askAnyone(request, within: trial.left)
                let said = code(answer)
                guard Trial.passes(said) else { return answer }
                throw ConnectionFailure("the broker answered \(Request.apiKey.name) with \(said.name)", code: said)
            } catch {
                try trial.rest(after: error)
            }
        }
    }

    /// Asks every broker of the cluster; one that cannot be asked holds all up, for its part would be missing.
    func askAll<Request: RequestMessage>(
        _ request: Request, code: (Request.Response) -> ErrorCode
    ) throws(ConnectionFailure) -> [Request.Response] {
        var trial = Trial(settings)
        while true {
            do throws(ConnectionFailure) {
                var answers: [Request.Response] = []
                for broker in try brokers(within: trial.left) {
                    let answer = try asking(broker, request, within: trial.left)
                    let said = code(answer)
                    guard said == .noError else {
                        throw ConnectionFailure("\(broker) answered \(Request.apiKey) with \(said.name)", code: said)
                    }
                    answers.append(answer)
                }
                return answers
            } catch {
                try trial.rest(after: error)
            }
        }
    }

    private func asking<Request: RequestMessage>(
        _ broker: BrokerAddress, _ request: Request, within limit: Duration
    ) throws(ConnectionFailure) -> Request.Response {
        do throws(ConnectionFailure) {
            return try connected(to: broker, within: limit).ask(request)
        } catch {
            connections[broker] = nil
            throw error
        }
    }

    private func brokers(within limit: Duration) throws(ConnectionFailure) -> [BrokerAddress] {
        var request = MetadataRequest()
        request.topics = []
        return try askAnyone(request, within: limit).brokers.map { BrokerAddress(host: $0.host, port: Int($0.port)) }
    }

    private func connected(
        to broker: BrokerAddress, within limit: Duration
    ) throws(ConnectionFailure) -> BrokerConnection {
        if let known = connections[broker], !known.isStale { return known }
        let made = try BrokerConnection(broker, clientId: settings.clientId, signIn: settings.signIn, patience: limit)
        try made.negotiate()
        connections[broker] = made
        return made
    }
}
