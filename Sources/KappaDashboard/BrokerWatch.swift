import Glibc
import KappaCore
import KappaHTTP
import KappaKafka
import Synchronization

/// What the brokers have, asked every few seconds by one thread and told to everybody: topics, groups, lag and how the
/// lag has been over the last hour.
final class BrokerWatch: Sendable {
    struct Group: Sendable {
        struct Place: Sendable {
            var at: TopicPartition
            var committed: Int64
            var marks: Watermarks

            /// A place before the log's start cannot be read any more.
            var lag: Int64 { max(0, marks.high - max(committed, marks.low)) }
        }

        var name: String
        var state: String
        var members: Int
        var places: [Place]

        var lag: Int64 { places.reduce(0) { $0 + $1.lag } }
    }

    struct View: Sendable {
        var topics: [String: [(partition: Int32, marks: Watermarks)]] = [:]
        var groups: [Group] = []
        var trouble: String?
        var at: Int64?
        /// One sample each time the brokers were asked.
        var times: [Int64] = []
        var lags: [String: [Int64?]] = [:]
        var rates: [String: [Double?]] = [:]
    }

    private let configuration: KafkaConfiguration
    private let view = Mutex(View())
    private let isStopped = Monitor(false)
    private let thread = Mutex<WorkerThread?>(nil)

    static let pauseSeconds = 5
    private static let mostSamples = 720

    init(_ configuration: KafkaConfiguration) { self.configuration = configuration }

    var now: View { view.withLock { $0 } }

    /// Records that results still have to be made of, or to be stored: the lag of all groups.
    var lag: Int64? {
        view.withLock { view in view.at == nil ? nil : view.groups.reduce(0) { $0 + $1.lag } }
    }

    func start() { thread.withLock { $0 = WorkerThread("kappa-watch") { [self] in run() } } }

    func stop() {
        isStopped.raise()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    private func run() {
        var client: KafkaClient?
        repeat {
            do {
                let asked = try client ?? KafkaClient(configuration)
                client = asked
                try look(asked)
            } catch {
                let message = (error as? any Failure)?.message ?? "\(error)"
                view.withLock { $0.trouble = message }
            }
        } while !isStopped.wait(.seconds(BrokerWatch.pauseSeconds))
    }

    private func look(_ client: KafkaClient) throws {
        let metadata = try client.metadata()
        let partitions = metadata.topics.filter { !$0.isInternal && $0.error == nil }.flatMap { topic in
            topic.partitions.filter { $0.leader >= 0 }.map { TopicPartition(topic.name, $0.id) }
        }
        let marks = try client.watermarks(of: partitions)
        var topics: [String: [(partition: Int32, marks: Watermarks)]] = [:]
        for (at, mark) in marks { topics[at.topic, default: []].append((at.partition, mark)) }
        let groups = try groups(client, marks)
        let now = Timestamp.now.milliseconds
        view.withLock { view in
            BrokerWatch.remember(&view, topics, groups, now)
            view.topics = topics.mapValues { $0.sorted { $0.partition < $1.partition } }
            view.groups = groups
            view.trouble = nil
            view.at = now
        }
    }

    private func groups(
        _ client: KafkaClient, _ marks: [TopicPartition: Watermarks]
    ) throws -> [Group] {
        let names = try client.listGroups().map(\.name).sorted()
        guard !names.isEmpty else { return [] }
        return try client.describeGroups(names).map { described in
            let committed = try client.groupOffsets(described.name)
            let places = committed.compactMap { place in
                marks[place.at].map { Group.Place(at: place.at, committed: place.offset, marks: $0) }
            }
            return Group(
                name: described.name, state: described.state, members: described.members.count,
                places: places.sorted { $0.at < $1.at })
        }
    }

    private static func remember(
        _ view: inout View, _ topics: [String: [(partition: Int32, marks: Watermarks)]], _ groups: [Group], _ now: Int64
    ) {
        let seconds = view.at.map { Double(now - $0) / 1000 }
        let before = view.times.count
        view.times.append(now)
        for group in groups { view.lags[group.name, default: Array(repeating: nil, count: before)].append(group.lag) }
        for (name, partitions) in topics {
            let end = partitions.reduce(0) { $0 + $1.marks.high }
            let last = view.topics[name]?.reduce(0) { $0 + $1.marks.high }
            let rate = seconds.flatMap { seconds in last.map { Double(max(0, end - $0)) / max(seconds, 0.1) } }
            view.rates[name, default: Array(repeating: nil, count: before)].append(rate)
        }
        // A group or topic that was not there this time has a hole.
        for name in view.lags.keys where view.lags[name]!.count <= before { view.lags[name]!.append(nil) }
        for name in view.rates.keys where view.rates[name]!.count <= before { view.rates[name]!.append(nil) }
        guard view.times.count > mostSamples else { return }
        view.times.removeFirst()
        for name in view.lags.keys { view.lags[name]!.removeFirst() }
        for name in view.rates.keys { view.rates[name]!.removeFirst() }
    }
}

extension BrokerWatch {
    func topics(_ request: HTTPRequest) throws -> HTTPResponse {
        let view = try known()
        var json = JSONWriter()
        json.object { json in
            json.key("topics")
            json.array { json in
                for (name, partitions) in view.topics.sorted(by: { $0.key < $1.key }) {
                    json.object { json in
                        json.key("name", name)
                        json.key("partitions")
                        json.array { json in
                            for one in partitions {
                                json.object {
                                    $0.key("partition", Int64(one.partition))
                                    $0.key("low", one.marks.low)
                                    $0.key("high", one.marks.high)
                                }
                            }
                        }
                    }
                }
            }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    func jobs(_ request: HTTPRequest) throws -> HTTPResponse {
        let view = try known()
        var json = JSONWriter()
        json.object { json in
            json.key("topics", Int64(view.topics.count))
            json.key("partitions", Int64(view.topics.values.reduce(0) { $0 + $1.count }))
            json.key("groups")
            json.array { json in for group in view.groups { group.write(&json) } }
            json.key("history")
            json.object { json in
                json.numbers("t", view.times)
                json.key("lag")
                json.object { json in
                    for (name, lags) in view.lags.sorted(by: { $0.key < $1.key }) {
                        json.key(name)
                        json.array { for lag in lags { $0.number(lag) } }
                    }
                }
                json.key("rate")
                json.object { json in
                    for (name, rates) in view.rates.sorted(by: { $0.key < $1.key }) {
                        json.key(name)
                        json.array { for rate in rates { $0.number(rate) } }
                    }
                }
            }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    /// Old news of the brokers is no news: then their trouble is told.
    private func known() throws -> View {
        let view = now
        if let trouble = view.trouble { throw Unavailable(message: trouble) }
        guard view.at != nil else {
            throw Unavailable(message: "the brokers have not answered yet; try again in a moment")
        }
        return view
    }
}

extension BrokerWatch.Group {
    fileprivate func write(_ json: inout JSONWriter) {
        json.object { json in
            json.key("name", name)
            json.key("state", state)
            json.key("members", Int64(members))
            json.key("lag", lag)
            json.key("partitions")
            json.array { json in
                for place in places {
                    json.object {
                        $0.key("topic", place.at.topic)
                        $0.key("partition", Int64(place.at.partition))
                        $0.key("committed", place.committed)
                        $0.key("end", place.marks.high)
                        $0.key("lag", place.lag)
                    }
                }
            }
        }
    }
}

/// A store or broker that cannot be asked now.
struct Unavailable: Error {
    var message: String
}
