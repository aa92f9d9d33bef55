import Glibc
import KappaCore
import KappaHTTP
import KappaStores
import Synchronization

/// What is new, to everybody who looks: one reading of the view and one encoding for all of them.
///
/// A browser that comes back says where it stood (`Last-Event-ID`, the place in the view that it had come to), and gets
/// what came meanwhile from the view itself: nothing depends on what this process remembers.
final class Feed: Sendable {
    private struct State {
        var clients: [ObjectIdentifier: LiveStream] = [:]
        var newest: Int64?
        var generation: Int?
        /// Rows that came, second by second, for the rate.
        var arrivals: [(at: Int64, rows: Int)] = []
        var trouble: String?
    }

    private let state = Mutex(State())
    private let isStopped = Monitor(false)
    private let answers: ViewAnswers
    private let alarms: AlarmAnswers
    private let hello: @Sendable () -> [UInt8]
    private let lag: @Sendable () -> Int64?
    private let thread = Mutex<WorkerThread?>(nil)

    static let pause: Duration = .milliseconds(250)
    /// More than these are not caught up with one by one: the page asks anew.
    static let mostCatchUp = 5000

    init(
        _ answers: ViewAnswers, _ alarms: AlarmAnswers, hello: @escaping @Sendable () -> [UInt8],
        lag: @escaping @Sendable () -> Int64?
    ) {
        self.answers = answers
        self.alarms = alarms
        self.hello = hello
        self.lag = lag
    }

    func start() {
        thread.withLock { $0 = WorkerThread("kappa-feed") { [self] in run() } }
    }

    func stop() {
        isStopped.raise()
        thread.withLock { thread in
            thread?.join()
            thread = nil
        }
    }

    var trouble: String? { state.withLock(\.trouble) }
    var clientCount: Int { state.withLock { $0.clients.count } }

    /// A new stream: who it is for is told first, then what it has missed.
    func open(_ request: HTTPRequest) -> HTTPResponse {
        let stream = LiveStream { [weak self] stream in
            self?.state.withLock { $0.clients[ObjectIdentifier(stream)] = nil }
        }
        stream.offer(Feed.event("hello", hello()))
        if let word = request.header("last-event-id"), !word.isEmpty {
            stream.offer(missed(since: FollowPlace(word: word)), isFirst: true)
        }
        state.withLock { state in
            state.clients[ObjectIdentifier(stream)] = stream
            stream.offer(Feed.event("pipe", pipe(state)))
        }
        return HTTPResponse(contentType: "text/event-stream; charset=utf-8", body: .stream(stream))
            .with("Cache-Control", "no-store").with("X-Accel-Buffering", "no")
    }

    private func missed(since seen: FollowPlace) -> [UInt8] {
        let found = try? answers.ask { view in
            let follower = try view.follow(Reading.columns, after: seen)
            return (rows: try Feed.newest(follower), place: follower.place)
        }
        guard let found, found.rows.count < Feed.mostCatchUp else { return Feed.event("reset", Array("{}".utf8)) }
        let rows = Feed.rows(found.rows, found.place)
        return rows.rows.isEmpty ? [] : LiveStream.event(id: rows.id, rows.rows.map(\.json))
    }

    // MARK: The thread

    private func run() {
        var following = Following()
        var (turn, alarmsTold) = (0, 0)
        repeat {
            let isWatched = state.withLock { !$0.clients.isEmpty }
            if isWatched || turn % 8 == 0 { look(&following) }
            let alarmsNow = alarms.watch.version
            if isWatched, turn % 8 == 0 || alarmsNow != alarmsTold { tell() }
            alarmsTold = alarmsNow
            if turn % 20 == 0 { watchGeneration() }
            turn += 1
        } while !isStopped.wait(Feed.pause)
        for client in state.withLock({ Array($0.clients.values) }) { client.end() }
    }

    /// The thread's own store, and where it stands in the view; both are made anew after trouble.
    private struct Following {
        var store: (any ViewStore)?
        var follower: (any RowFollower)?
        var place: FollowPlace?
    }

    /// Asks for what has come, and gives it out.
    private func look(_ following: inout Following) {
        do {
            let store = try following.store ?? answers.pool.address.open(for: .serving)
            following.store = store
            let follower =
                try following.follower
                ?? ViewQuestions(store, answers.view).follow(Reading.columns, after: following.place)
            following.follower = follower
            let rows = try Feed.newest(follower)
            following.place = follower.place
            state.withLock { $0.trouble = nil }
            if !rows.isEmpty { give(Feed.rows(rows, follower.place)) }
        } catch {
            (following.follower, following.store) = (nil, nil)
            state.withLock { $0.trouble = "\((error as? any Failure)?.message ?? "\(error)")" }
        }
    }

    private func give(_ rows: LiveStream.Rows) {
        let clients = state.withLock { state in
            let now = Timestamp.now.milliseconds
            state.newest = now
            state.arrivals.append((now, rows.rows.count))
            state.arrivals.removeAll { $0.at < now - 30_000 }
            return Array(state.clients.values)
        }
        let whole = LiveStream.event(id: rows.id, rows.rows.map(\.json))
        for client in clients { client.offer(rows, whole: whole) }
    }

    /// Of each instrument the newest only: that is what a page shows, and a flood becomes a trickle.
    private static func newest(_ follower: any RowFollower) throws -> [Reading] {
        let cursor = try follower.arrivals()
        var newest: [String: Reading] = [:]
        while let row = try cursor.next() {
            guard let reading = Reading(row) else { continue }
            let key = "\(reading.borehole)\0\(reading.instrument)"
            if let known = newest[key], known.start > reading.start { continue }
            newest[key] = reading
        }
        return Array(newest.values)
    }

    private func tell() {
        state.withLock { state in
            let event = Feed.event("pipe", pipe(state))
            for client in state.clients.values { client.offer(event) }
        }
    }

    private func watchGeneration() {
        guard let generation = try? answers.ask({ try $0.status().generation }) else { return }
        let clients = state.withLock { state in
            defer { state.generation = generation }
            guard let known = state.generation, known != generation else { return [LiveStream]() }
            return Array(state.clients.values)
        }
        // Another generation is shown: everything that stands on a page may be different now.
        for client in clients { client.offer(Feed.event("reset", Array("{}".utf8))) }
    }

    private func pipe(_ state: State) -> [UInt8] {
        var json = JSONWriter()
        let now = Timestamp.now.milliseconds
        let rows = state.arrivals.filter { $0.at >= now - 30_000 }.reduce(0) { $0 + $1.rows }
        json.object {
            $0.key("now", now)
            $0.key("newest", state.newest)
            $0.key("rate", Double(rows) / 30)
            $0.key("lag", lag())
            $0.key("trouble", state.trouble)
            AlarmAnswers.write(alarms.figures, &$0)
        }
        return json.bytes
    }

    // MARK: Encoding

    private static func rows(_ rows: [Reading], _ place: FollowPlace) -> LiveStream.Rows {
        LiveStream.Rows(
            id: place.word,
            rows: rows.map { row in
                var json = JSONWriter()
                row.write(&json)
                return ("\(row.borehole)\0\(row.instrument)", json.bytes)
            })
    }

    private static func event(_ name: String, _ data: [UInt8]) -> [UInt8] {
        Array("event: \(name)\ndata: ".utf8) + data + Array("\n\n".utf8)
    }
}
