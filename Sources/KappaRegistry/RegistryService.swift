import KappaCore
import KappaFormats
package import KappaHTTP
import Synchronization

// KappaRegistry: a schema registry that answers as Confluent's does, over a compacted topic in its form. The book is
// pure, the addresses read and change it, and where the topic lies is the caller's affair (`write`).

/// One registry: the only writer of its topic.
package final class RegistryService: Sendable {
    /// Puts entries into the topic, all or none, and returns when they cannot be lost any more.
    package typealias Write = @Sendable ([SchemaEntry]) throws -> Void

    /// What the topic holds now.
    package typealias Load = @Sendable () throws -> SchemaBook

    /// Nil after a write whose outcome is not known: the topic is read again.
    private let book: Mutex<SchemaBook?>
    private let write: Write
    private let load: Load

    package init(_ book: SchemaBook, load: @escaping Load, write: @escaping Write) {
        self.book = Mutex(book)
        self.load = load
        self.write = write
    }

    package func answer(_ request: HTTPRequest) -> HTTPResponse {
        do {
            let answer = try found(request)
            return HTTPResponse(contentType: RegistryCall.contentType, body: answer.body)
        } catch let refusal as RegistryRefusal {
            return RegistryAnswer.refusal(refusal)
        } catch {
            return RegistryAnswer.refusal(.store("\(error)"))
        }
    }

    private func found(_ request: HTTPRequest) throws -> RegistryAnswer {
        if let refusal = CrossOriginCheck.refusal(request) {
            throw RegistryRefusal(refusal.status, refusal.status, "The request comes from another page.")
        }
        guard let path = PathPattern.split(request.path) else {
            throw RegistryRefusal(400, 400, "The address is not well formed.")
        }
        let here = RegistryEndpoint.all.compactMap { endpoint in
            endpoint.pattern.match(path).map { (endpoint, $0) }
        }
        guard !here.isEmpty else { throw RegistryRefusal(404, 404, "HTTP 404 Not Found") }
        let method = request.method == .head ? .get : request.method
        guard let (endpoint, values) = here.first(where: { $0.0.method == method }) else {
            throw RegistryRefusal(405, 405, "HTTP 405 Method Not Allowed")
        }
        let question = RegistryQuestion(request, values: values)
        return try book.withLock { book in
            var editor = SchemaBook.Editor(book: try book ?? load(), write: write)
            book = nil
            defer { book = editor.isKnown ? editor.book : nil }
            return try endpoint.answer(question, &editor)
        }
    }
}

extension SchemaBook {
    /// The book while one request is answered: what changes it is in the topic first.
    struct Editor {
        private(set) var book: SchemaBook
        /// Whether it is what the topic holds.
        private(set) var isKnown = true
        private let store: RegistryService.Write

        init(book: SchemaBook, write: @escaping RegistryService.Write) {
            self.book = book
            store = write
        }

        mutating func change<Answer>(_ change: SchemaChange<Answer>) throws -> Answer {
            try write(change.entries)
            return change.answer
        }

        mutating func write(_ entries: [SchemaEntry]) throws {
            guard !entries.isEmpty else { return }
            isKnown = false
            try store(entries)
            isKnown = true
            for entry in entries { book.take(entry) }
        }
    }
}
