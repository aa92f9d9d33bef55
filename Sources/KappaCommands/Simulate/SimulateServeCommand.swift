import KappaArguments
import KappaCore
import KappaHTTP
import KappaSimulation
import KappaTerminal
import Synchronization

/// `kappa simulate serve`: the REST source of a site, for `produce --http` to poll.
enum SimulateServeCommand {
    static let listen = Option<ListenAddress>(
        "listen", type: .address, default: "127.0.0.1:8000", help: "Where to listen; port 0 picks a free one.")

    static let command = Command(
        "serve", section: .pipeline, abstract: "Serve the readings of a simulated site over HTTP",
        discussion: """
            Each request gets a fresh snapshot of one kind of instrument: /params/water_standpipe, \
            /params/pore_pressure, /params/settlement/x (extensometers), /y (strain gauges) and /z (settlement markers); \
            /params/all has every kind, and the unit with each item. /ping answers at once.
            """,
        parameters: [listen],
        examples: [
            Example("kappa simulate serve", "Serve on 127.0.0.1:8000."),
            Example(
                "kappa simulate serve --listen :9000 --bad 1%", "On port 9000, with some faulty readings."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        try SimulateOptions.refuse(
            SimulateOptions.pace.dropLast() + [SimulateOptions.format], context,
            because: "the clients set the pace")
        let source = RESTSource(settings: try SimulateOptions.settings(context))
        let stop = context.stop
        let server = try HTTPServer(listen: context[listen]) { source.answer($0, at: .now) }
        defer { server.stop() }
        context.messages.note("serving http://\(server.address)/params/all")
        while !stop.wait(.seconds(3600)) {}
        throw Interrupted(signal: stop.signal ?? 0)
    }
}

extension ValueType where Value == ListenAddress {
    static var address: Self {
        ValueType("HOST:PORT") { (word) throws(ValueError) in
            do throws(HTTPError) { return try ListenAddress(word: word) } catch { throw ValueError(error.message) }
        }
    }
}

/// A simulated site behind its paths.
final class RESTSource: Sendable {
    private let generator: Mutex<ReadingGenerator>

    init(settings: SimulationSettings) {
        generator = Mutex(ReadingGenerator(settings: settings))
    }

    func answer(_ request: HTTPRequest, at time: Timestamp) -> HTTPResponse {
        switch request.path {
        case "/ping": return RESTSource.json("{\"ping\":\"pong\"}\n")
        case "/": return RESTSource.json("{\"paths\":[\(RESTSource.paths)]}\n")
        case "/params/all": return snapshot(of: nil, at: time)
        default:
            let found = generator.withLock(\.instruments).first { $0.path == request.path }
            return found.map { snapshot(of: $0, at: time) } ?? .notFound
        }
    }

    private func snapshot(of instrument: Instrument?, at time: Timestamp) -> HTTPResponse {
        let body = generator.withLock { generator in
            let buffer = LineBuffer()
            generator.appendSnapshot(of: instrument, at: time, to: buffer)
            return Array(buffer.bytes)
        }
        return HTTPResponse(contentType: "application/json", body: body)
    }

    private static var paths: String {
        (["/ping", "/params/all"] + Instrument.allCases.map(\.path)).map { "\"\($0)\"" }.joined(separator: ",")
    }

    private static func json(_ text: String) -> HTTPResponse {
        HTTPResponse(contentType: "application/json", body: Array(text.utf8))
    }
}
