import KappaCore
import KappaHTTP
import KappaKafka
import Synchronization

/// Reads the log for the page: some records from a place on, or a search through all of them with its progress.
struct LogBrowser: Sendable {
    let configuration: KafkaConfiguration
    private let idle = IdleTails()

    init(configuration: KafkaConfiguration) { self.configuration = configuration }

    private static let patience = Duration.seconds(10)

    private func tail() throws -> TopicTail {
        try TopicTail(TopicTail.quick(configuration), patience: LogBrowser.patience, capacity: 1024)
    }

    private struct Plan {
        /// From where to read, and the end as it is now.
        var starts: [PartitionOffset] = []
        var ends: [TopicPartition: Int64] = [:]

        var total: Int64 { starts.reduce(0) { $0 + (ends[$1.at] ?? 0) - $1.offset } }
    }

    // MARK: Some records

    func records(_ request: HTTPRequest) throws -> HTTPResponse {
        let limit = Int(try request.whole("limit", 100, in: 1...1000))
        let tail = try idle.take() ?? tail()
        let plan = try plan(request, tail.consumer.client, newest: Int64(limit))
        var records: [(time: Int64, offset: Int64, bytes: LogRecord)] = []
        var counts: [TopicPartition: Int] = [:]
        try read(plan, tail) { message, at in
            guard counts[at, default: 0] < limit else { return false }
            counts[at, default: 0] += 1
            records.append((message.timestamp?.milliseconds ?? 0, message.offset, LogRecord(message)))
            return counts[at]! < limit
        }
        // Only one that went well is worth keeping.
        idle.give(tail)
        let isForward = request.parameter("offset") != nil || request.parameter("time") != nil
        records.sort { ($0.time, $0.offset) < ($1.time, $1.offset) }
        let chosen = isForward ? Array(records.prefix(limit)) : Array(records.suffix(limit).reversed())
        var json = JSONWriter()
        json.object { json in
            json.key("records")
            json.array { json in for record in chosen { record.bytes.write(&json) } }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    private func plan(_ request: HTTPRequest, _ client: KafkaClient, newest: Int64?) throws -> Plan {
        var partitions = try client.partitions(of: request.pathValues["topic"] ?? "")
        if let word = request.parameter("partition"), !word.isEmpty {
            partitions = partitions.filter { String($0.partition) == word }
            guard !partitions.isEmpty else { throw BadRequest(message: "there is no partition '\(word)'") }
        }
        let marks = try client.watermarks(of: partitions)
        var starts: [TopicPartition: Int64] = [:]
        if let time = try request.moment("time") {
            for found in try client.offsets(atOrAfter: Timestamp(milliseconds: time), in: partitions) {
                starts[found.at] = found.offset >= 0 ? found.offset : .max
            }
        } else if request.parameter("offset")?.isEmpty == false {
            let offset = try request.whole("offset", 0, in: 0...Int64.max)
            for at in partitions { starts[at] = offset }
        }
        var plan = Plan()
        for (at, mark) in marks {
            let start = starts[at] ?? newest.map { mark.high - $0 } ?? mark.low
            let from = max(mark.low, start)
            guard from < mark.high else { continue }
            plan.starts.append(PartitionOffset(at, from))
            plan.ends[at] = mark.high
        }
        return plan
    }

    /// Calls `body` with each record; it says whether it wants more of the partition.
    private func read(_ plan: Plan, _ tail: TopicTail, _ body: (Message, TopicPartition) throws -> Bool) throws {
        try tail.begin(plan.starts.map { TopicTail.Span($0.at, from: $0.offset, end: plan.ends[$0.at]) })
        do {
            try tail.readToEnds { message, at in
                if try !body(message, at) { tail.leave(at) }
            }
        } catch let error as KafkaError where error.kind == .timedOut {
            throw Unavailable(
                message: "the brokers gave nothing for \(LogBrowser.patience.wholeMilliseconds / 1000) s")
        }
    }

    // MARK: A search

    /// Lines of JSON as they come: `{"record": …}` for what is found, `{"scanned": …}` for how far it is.
    func search(_ request: HTTPRequest) throws -> HTTPResponse {
        let contains = Array((request.parameter("contains") ?? "").utf8)
        let predicates = try (request.parameter("where") ?? "").isEmpty ? [] : [predicate(request.parameter("where")!)]
        let limit = Int(try request.whole("limit", 100, in: 1...1000))
        let client = try KafkaClient(configuration)
        let plan = try plan(request, client, newest: nil)
        let pipe = BodyPipe { pipe in
            try scan(plan, contains, predicates, limit, pipe)
        }
        return HTTPResponse(contentType: "application/x-ndjson", body: .stream(pipe)).with("Cache-Control", "no-store")
    }

    private func predicate(_ word: String) throws -> FieldPredicate {
        do { return try FieldPredicate(word) } catch { throw BadRequest(message: "'where': \(error.message)") }
    }

    private func scan(
        _ plan: Plan, _ contains: [UInt8], _ predicates: [FieldPredicate], _ limit: Int, _ pipe: BodyPipe
    ) throws {
        struct Gone: Error {}
        var filter = RecordFilter(predicates)
        var (scanned, hits, isFull) = (Int64(0), Int64(0), false)
        var told = ContinuousClock.now
        func tell(_ end: String? = nil) throws {
            var json = JSONWriter()
            json.object {
                $0.key("scanned", scanned)
                $0.key("total", plan.total)
                $0.key("hits", hits)
                if let end { $0.key("end", end) }
            }
            guard pipe.write(json.bytes + [10]) else { throw Gone() }
        }
        do {
            try read(plan, try tail()) { message, _ in
                guard !isFull else { return false }
                scanned += 1
                if scanned % 1024 == 0, told.duration(to: .now) > .milliseconds(300) {
                    told = .now
                    try tell()
                }
                guard LogBrowser.holds(message.value, contains) || LogBrowser.holds(message.key, contains) else {
                    return true
                }
                if !predicates.isEmpty {
                    guard let value = message.value, filter.accepts(value) else { return true }
                }
                hits += 1
                isFull = hits >= limit
                var json = JSONWriter()
                json.object { json in
                    json.key("record")
                    LogRecord(message).write(&json)
                }
                guard pipe.write(json.bytes + [10]) else { throw Gone() }
                return !isFull
            }
            try tell(isFull ? "the first \(limit) are shown" : "all of it")
        } catch let error as any Failure {
            // The page shows why, rather than half a search that looks whole.
            try tell("broken off: \(error.message)")
        } catch is Gone { return }
    }

    private static func holds(_ bytes: UnsafeRawBufferPointer?, _ word: [UInt8]) -> Bool {
        guard !word.isEmpty else { return true }
        guard let bytes, let first = word.first, bytes.count >= word.count else { return false }
        for start in 0...(bytes.count - word.count) where bytes[start] == first {
            if bytes[start..<start + word.count].elementsEqual(word) { return true }
        }
        return false
    }
}

/// Readers between two questions: a new one takes ten times as long to begin as a question does.
private final class IdleTails: Sendable {
    /// Each is used by one thread at a time, and changes threads only through the lock: hence `@unchecked`.
    private struct Idle: @unchecked Sendable { var tails: [TopicTail] = [] }

    private let idle = Mutex(Idle())
    private static let most = 2

    func take() -> TopicTail? {
        idle.withLock { idle in Idle(tails: idle.tails.popLast().map { [$0] } ?? []) }.tails.first
    }

    func give(_ tail: TopicTail) {
        let given = Idle(tails: [tail])
        idle.withLock { if $0.tails.count < IdleTails.most { $0.tails += given.tails } }
    }
}

/// A record, copied for the page: text where it is text, else its bytes in digits.
struct LogRecord: Sendable {
    private enum Part {
        case none
        case text(String)
        case bytes([UInt8])

        init(_ bytes: UnsafeRawBufferPointer?, limit: Int) {
            guard let bytes else {
                self = .none
                return
            }
            let some = bytes.prefix(limit)
            // Cut within a character, it is still a text.
            let whole =
                bytes.count > limit
                ? some.dropLast((0..<4).first { String(validating: some.dropLast($0), as: UTF8.self) != nil } ?? 0)
                : some
            if let text = String(validating: whole, as: UTF8.self), !text.utf8.contains(0) {
                self = .text(text)
            } else {
                self = .bytes(Array(some))
            }
        }

        func write(_ json: inout JSONWriter) {
            switch self {
            case .none: json.string(nil)
            case .text(let text): json.object { $0.key("text", text) }
            case .bytes(let bytes):
                let digits = Array("0123456789abcdef")
                json.object { $0.key("hex", String(bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] })) }
            }
        }
    }

    static let mostBytes = 65_536

    private let partition: Int32
    private let offset: Int64
    private let time: Int64?
    private let key: Part
    private let value: Part
    private let headers: [(name: String, value: Part)]
    private let size: Int

    init(_ message: Message) {
        partition = message.partition
        offset = message.offset
        time = message.timestamp?.milliseconds
        key = Part(message.key, limit: 4096)
        value = Part(message.value, limit: LogRecord.mostBytes)
        size = (message.key?.count ?? 0) + (message.value?.count ?? 0)
        headers = message.headers.prefix(50).map { header in
            (header.name, header.value.map { bytes in bytes.withUnsafeBytes { Part($0, limit: 1024) } } ?? .none)
        }
    }

    func write(_ json: inout JSONWriter) {
        json.object { json in
            json.key("partition", Int64(partition))
            json.key("offset", offset)
            json.key("time", time)
            json.key("key")
            key.write(&json)
            json.key("value")
            value.write(&json)
            json.key("size", Int64(size))
            if size > LogRecord.mostBytes { json.key("cut", Int64(LogRecord.mostBytes)) }
            json.key("headers")
            json.array { json in
                for header in headers {
                    json.object { json in
                        json.key("name", header.name)
                        json.key("value")
                        header.value.write(&json)
                    }
                }
            }
        }
    }
}
