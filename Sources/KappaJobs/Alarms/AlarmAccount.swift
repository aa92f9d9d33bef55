package import KappaCore
package import KappaKafka
import KappaStreams

/// The alarms as they stand: what the job wrote last of each, and what was done about it.
package struct AlarmAccount: Sendable {
    package struct Standing: Sendable {
        package var record: AlarmRecord
        /// The acknowledgement that covers it.
        package var acknowledgement: AlarmAction?
        /// The shelf that it lies on, whether or not that has ended.
        package var shelf: AlarmAction?

        package func isShelved(at now: Timestamp) -> Bool { shelf?.until.map { now < $0 } ?? false }
        /// Whether somebody still has to look at it.
        package func isOpen(at now: Timestamp) -> Bool {
            record.isRaised && acknowledgement == nil && !isShelved(at: now)
        }
    }

    package private(set) var actions: [AlarmAction] = []
    /// Where the actions of each name lie among all of them.
    private var placesByName: [String: [Int]] = [:]
    private var records: [String: AlarmRecord] = [:]
    private var told: [String: TellingState] = [:]

    /// How the telling of each receiver stands.
    package var telling: [TellingState] { told.values.sorted { $0.target < $1.target } }

    package init() {}

    package var isEmpty: Bool { records.isEmpty && actions.isEmpty && told.isEmpty }

    /// Reads all three topics to the ends that they have now; of the alarms those of the active generation.
    package init(_ alarms: String, time: String, _ kafka: KafkaConfiguration, _ client: KafkaClient) throws {
        let known = Set(try client.metadata().topics.map(\.name))
        guard known.contains(alarms) else {
            throw JobFailure(
                "there is no topic '\(alarms)'", hint: "'kappa alarms run' writes it; --alarms names another one")
        }
        let (actions, told) = (AlarmAction.topic(of: alarms), TellingState.topic(of: alarms))
        let active = try ActiveGenerations(kafka, client).topic(of: alarms)
        let topics = [active, actions, told].filter(known.contains)
        try TopicReading.all(of: topics, kafka, client) { message, topic in
            switch topics[topic] {
            case actions: hear(AlarmAction(message.value))
            case told: hear(TellingState(message.value))
            default: if let record = AlarmRecord(message, time: time) { hear(record) }
            }
        }
    }

    package mutating func hear(_ record: AlarmRecord) { records[record.name] = record }

    package mutating func hear(_ action: AlarmAction?) {
        guard let action else { return }
        placesByName[action.name, default: []].append(actions.count)
        actions.append(action)
    }

    package mutating func hear(_ state: TellingState?) {
        if let state { told[state.target] = state }
    }

    /// The worst first, of equally bad ones the newest.
    package var standings: [Standing] {
        records.values.map(standing).sorted { left, right in
            let (one, other) = (left.record, right.record)
            guard one.severity == other.severity else { return one.severity > other.severity }
            return one.since == other.since ? one.name < other.name : one.since > other.since
        }
    }

    package func standing(_ record: AlarmRecord) -> Standing {
        var standing = Standing(record: record)
        let places = placesByName[record.name, default: []] + placesByName[record.sensor, default: []]
        for action in places.sorted().map({ actions[$0] }) {
            switch action.kind {
            case .acknowledged:
                if action.since == record.since, action.severity >= record.severity {
                    standing.acknowledgement = action
                }
            case .shelved: standing.shelf = action
            case .unshelved: standing.shelf = nil
            case .register: break
            }
        }
        return standing
    }
}
