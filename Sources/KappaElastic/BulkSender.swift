import Glibc
import KappaCore
import KappaHTTP
import KappaStores
import Synchronization

/// An item that the server refuses for good.
struct BulkRefusal: Sendable {
    var item: Int
    var type: String
    var reason: String
}

/// Sends the items of one bulk over one connection until each is settled: stored, superseded by a later version, or
/// refused. Only what is not settled is sent again.
final class BulkSender {
    let client: ElasticClient
    let path: String
    /// Writes an item's lines.
    let encode: (Int, inout ByteWriter) -> Void
    let isDelete: (Int) -> Bool

    /// Bytes of one request. A server takes 100 MB as a rule and works best with a few.
    private static let usualLimit = 4 << 20
    private static let patience = 7

    private var limit = BulkSender.usualLimit
    private var refusals: [BulkRefusal] = []
    private var writer = ByteWriter(capacity: BulkSender.usualLimit + (1 << 16))

    init(
        _ client: ElasticClient, path: String, encode: @escaping (Int, inout ByteWriter) -> Void,
        isDelete: @escaping (Int) -> Bool
    ) {
        (self.client, self.path, self.encode, self.isDelete) = (client, path, encode, isDelete)
    }

    /// Returns what is refused.
    func send(_ items: Range<Int>) throws(StoreError) -> [BulkRefusal] {
        refusals.removeAll()
        var rest = Array(items)
        var pauses = BackOff(from: .milliseconds(50), to: .seconds(2))
        var attempts = 0
        while !rest.isEmpty {
            let before = rest.count
            var open: [Int] = []
            var reason = ""
            var start = 0
            while start < rest.count {
                let end = fill(rest, from: start)
                let (again, why) = try sendPiece(rest[start..<end], Array(writer.bytes))
                open += again
                reason = why ?? reason
                start = end
            }
            rest = open
            guard !rest.isEmpty else { break }
            attempts = rest.count < before ? 0 : attempts + 1
            guard attempts < BulkSender.patience else {
                throw StoreError(.tryAgain, "\(rest.count) documents are not taken: \(reason)", of: client.name)
            }
            // A random part keeps sinks that were turned away together from coming back together.
            usleep(UInt32((pauses.pause() * Double.random(in: 0.5...1)).wholeMilliseconds) * 1000)
        }
        return refusals
    }

    /// Writes the lines of as many items as a request may have, one at least; returns the place behind them.
    private func fill(_ items: [Int], from start: Int) -> Int {
        writer.removeAll()
        for place in start..<items.count {
            let before = writer.count
            encode(items[place], &writer)
            guard writer.count > limit, place > start else { continue }
            writer.truncate(to: before)
            return place
        }
        return items.count
    }

    private func lines(of items: ArraySlice<Int>) -> [UInt8] {
        writer.removeAll()
        for item in items { encode(item, &writer) }
        return Array(writer.bytes)
    }

    /// Returns what is to be sent again, and why.
    private func sendPiece(
        _ items: ArraySlice<Int>, _ body: [UInt8]
    ) throws(StoreError) -> ([Int], String?) {
        let answer = try client.ask(
            .post, path + "?filter_path=errors,items.*.status,items.*.error", body,
            type: "application/x-ndjson", timeout: .seconds(120))
        switch answer.status {
        case 200: return try settle(items, answer)
        case 413, 400:
            guard items.count > 1 else { return try refuse(items[items.startIndex], answer) }
            // One item spoils the whole request, or the request is longer than the server takes it.
            if answer.status == 413 { limit = max(limit / 2, 64 << 10) }
            let middle = items.startIndex + items.count / 2
            let (first, one) = try sendPiece(items[..<middle], lines(of: items[..<middle]))
            let (second, other) = try sendPiece(items[middle...], lines(of: items[middle...]))
            return (first + second, other ?? one)
        case 429, 502, 503, 504:
            guard answer.errorType != "cluster_block_exception" else { throw StoreError(answer, of: client.name) }
            return (Array(items), answer.reason)
        default: throw StoreError(answer, of: client.name)
        }
    }

    private func refuse(_ item: Int, _ answer: ElasticAnswer) throws(StoreError) -> ([Int], String?) {
        let type = answer.errorType ?? ""
        let isAtFault: Bool
        switch BulkItem(status: answer.status, type: type, reason: answer.reason, isDelete: false) {
        case .refused: isAtFault = true
        default: isAtFault = answer.status == 413 || BulkSender.refusalsOfLines.contains(type)
        }
        guard isAtFault else { throw StoreError(answer, of: client.name) }
        let reason = answer.status == 413 ? "the document is longer than the server takes a request" : answer.reason
        refusals.append(BulkRefusal(item: item, type: answer.status == 413 ? "413" : type, reason: reason))
        return ([], nil)
    }

    /// An id or a line that spoils a request.
    private static let refusalsOfLines: Set<String> = [
        "action_request_validation_exception", "x_content_parse_exception", "parse_exception", "parsing_exception",
    ]

    private func settle(
        _ items: ArraySlice<Int>, _ answer: ElasticAnswer
    ) throws(StoreError) -> ([Int], String?) {
        guard let document = JSONDocument(answer.body) else { throw unreadable() }
        defer { withExtendedLifetime(document) {} }
        var reader = JSONFieldReader(fields: ["errors", "items"])
        guard (try? reader.read(document.root)) == .object else { throw unreadable() }
        guard reader[0].kind == .true else {
            guard reader[0].kind == .false else { throw unreadable() }
            return ([], nil)
        }
        var answers = JSONItems(reader[1])
        var again: [Int] = []
        var reason: String?
        for item in items {
            guard let said = answers.next() else { throw unreadable() }
            switch outcome(said, isDelete: isDelete(item)) {
            case .stored, .superseded: break
            case .tryAgain(let why):
                again.append(item)
                reason = why
            case .refused(let type, let why): refusals.append(BulkRefusal(item: item, type: type, reason: why))
            case .blocked(let why): throw StoreError(.tryAgain, why, of: client.name, hint: StoreError.blockHint)
            case .stopped(let status, let type, let why):
                throw StoreError(
                    status == 403 || status == 404 ? .schema : .failed, "\(type): \(why)", of: client.name, state: type)
            }
        }
        guard answers.next() == nil else { throw unreadable() }
        return (again, reason)
    }

    private func outcome(_ said: JSONValue, isDelete: Bool) -> BulkItem {
        // `{"index":{"status":201}}` or `{"delete":{…}}`.
        let action = isDelete ? said.member("delete") : said.member("index")
        let item = action.kind == .absent ? said.member("create") : action
        let error = item.member("error")
        let cause = error.member("caused_by").member("reason")
        let reason = error.kind == .object ? error.member("reason").text : ""
        return BulkItem(
            status: Int(item.member("status").whole ?? 0), type: error.member("type").text,
            reason: ForeignText.line(cause.kind == .string ? "\(reason) (\(cause.text))" : reason), isDelete: isDelete)
    }

    /// What of it took place is not known; all of it may be sent again.
    private func unreadable() -> StoreError {
        StoreError(.connection, "the answer to a bulk request cannot be read", of: client.name)
    }
}

/// What several connections take from, and what they give back.
final class BulkQueue: Sendable {
    private struct State {
        var next = 0
        var refusals: [BulkRefusal] = []
        var error: StoreError?
    }

    private let state = Mutex(State())
    private let count: Int
    /// Items that are taken at once.
    private let size: Int

    init(count: Int, size: Int) { (self.count, self.size) = (count, size) }

    /// nil at the end, and after a failure.
    func take() -> Range<Int>? {
        state.withLock { state in
            guard state.error == nil, state.next < count else { return nil }
            let start = state.next
            state.next = min(count, start + size)
            return start..<state.next
        }
    }

    func give(_ refusals: [BulkRefusal]) { state.withLock { $0.refusals += refusals } }

    func fail(_ error: StoreError) {
        state.withLock { state in if state.error == nil { state.error = error } }
    }

    func result() throws(StoreError) -> [BulkRefusal] {
        let (refusals, error) = state.withLock { ($0.refusals, $0.error) }
        if let error { throw error }
        return refusals.sorted { $0.item < $1.item }
    }
}
