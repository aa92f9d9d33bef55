import KappaLog
import KappaWire

/// Between frames and handlers: reads headers, finds the handler, and turns its answer into bytes.
final class Dispatcher {
    let core: BrokerCore
    private let server: Server
    private var sessions: [UInt64: Session] = [:]

    init(core: BrokerCore, server: Server) {
        self.core = core
        self.server = server
    }

    func closed(_ connection: Connection) {
        guard let session = sessions.removeValue(forKey: connection.id) else { return }
        session.isOver = true
        for action in session.onEnd { action() }
    }

    private func session(of connection: Connection) -> Session {
        if let session = sessions[connection.id] { return session }
        let session = Session()
        if core.accounts != nil { session.authentication = .required }
        sessions[connection.id] = session
        return session
    }

    /// Handles one frame. Bytes that are no request of Kafka's end the connection, as Kafka does it: there is no answer
    /// that their sender could read.
    func received(_ frame: UnsafeRawBufferPointer, on connection: Connection, at now: Moment) -> Server.Verdict {
        core.now = now
        if let session = sessions[connection.id], session.takesBareTokens {
            return receivedToken(Array(frame), session, connection)
        }
        var reader = WireReader(frame)
        guard let header = try? RequestHeader(from: &reader) else {
            return refuse(connection, "what came is no request of Kafka's protocol")
        }
        core.counters.requests[header.key, default: 0] += 1
        guard let handler = HandlerRegistry.byKey[header.key], handler.isServed(core.configuration) else {
            return refuse(connection, "a request of key \(header.key) is not served", header)
        }
        let body = UnsafeRawBufferPointer(rebasing: frame[reader.index...])
        return dispatch(handler, header, body, connection)
    }

    /// Ends the connection, as Kafka does, and says why: the client learns nothing but the end.
    private func refuse(_ connection: Connection, _ why: String, _ header: RequestHeader? = nil) -> Server.Verdict {
        let client = header?.clientId.map { " (client '\($0)')" } ?? ""
        let complaint = "closed a connection from \(connection.peer)\(client): \(why)"
        core.complain(complaint)
        return .close
    }

    private func dispatch<H: Handler>(
        _ handler: H.Type, _ header: RequestHeader, _ body: UnsafeRawBufferPointer, _ connection: Connection
    ) -> Server.Verdict {
        let session = session(of: connection)
        guard isAllowed(handler, session) else {
            return refuse(connection, "\(H.Request.apiKey.name) came before the client had signed in", header)
        }
        if let end = session.expiresAt, core.now.steady > end, H.self != SaslHandshakeHandler.self,
            H.self != SaslAuthenticateHandler.self
        {
            return refuse(connection, "\(H.Request.apiKey.name) came after the sign-in had run out", header)
        }
        guard H.Request.versions.contains(header.version) else {
            return refuseVersion(header, connection)
        }
        let request: H.Request
        do {
            request = try H.Request(decodingStartOf: body, version: header.version)
        } catch {
            return refuse(connection, "\(H.Request.apiKey.name): \(error.message)", header)
        }
        let place = connection.openPlace()
        connection.clientName = header.clientId ?? ""
        let call = Call<H.Request.Response>(
            version: header.version, now: core.now, clientName: connection.clientName, clientHost: connection.peer,
            session: session
        ) { [unowned self] call, outcome in
            finish(call, outcome, header.correlationId, connection, place)
        }
        let outcome = H.handle(request, call, core)
        if case .done = session.authentication { connection.isTrusted = true }
        guard case .wait = outcome else {
            call.finish(outcome)
            return .next
        }
        guard call.isOpen, !H.mayOverlap || call.isAlone else { return .next }
        connection.isMuted = true
        call.letNextIn = { [server] in server.unmute(connection) }
        return .next
    }

    /// A token in the form that belongs to version 0 of SaslHandshake: an answer is a frame too, a refusal is the end.
    private func receivedToken(_ token: [UInt8], _ session: Session, _ connection: Connection) -> Server.Verdict {
        guard let accounts = core.accounts, case .started(let exchange) = session.authentication else { return .close }
        var writer = WireWriter()
        switch exchange.step(token, accounts) {
        case .refused:
            core.complain("\(connection.peer) failed to authenticate")
            connection.isMuted = true
            core.after(BrokerCore.failedSignInMilliseconds) { [server] _ in server.drop(connection) }
            return .next
        case .next(let next, let answer):
            session.authentication = .started(next)
            writer.append(sized: answer)
        case .done(let user, let answer):
            guard session.remains(user) else { return .close }
            session.authentication = .done(user: user)
            session.takesBareTokens = false
            _ = core.beginLifetime(of: session)
            connection.isTrusted = true
            writer.append(sized: answer)
        }
        server.answer(connection, connection.openPlace(), .pieces([.bytes(writer.bytes)]))
        return .next
    }

    private func isAllowed<H: Handler>(_ handler: H.Type, _ session: Session) -> Bool {
        switch session.authentication {
        case .notAsked, .done: true
        case .required, .started: H.isOpenToAll
        }
    }

    private func finish<Response: ResponseMessage>(
        _ call: Call<Response>, _ outcome: Outcome<Response>, _ correlationId: Int32, _ connection: Connection,
        _ place: UInt64
    ) {
        // Once something could not be made durable, nothing is acknowledged any more.
        if core.failure != nil { return server.drop(connection) }
        switch outcome {
        case .answer(let response):
            guard let pieces = encode(response, call, correlationId) else { return server.drop(connection) }
            server.answer(connection, place, .pieces(pieces))
        case .farewell(let response):
            guard let pieces = encode(response, call, correlationId) else { return server.drop(connection) }
            server.answer(connection, place, .pieces(pieces))
            return server.finishAndClose(connection)
        case .silent: server.answer(connection, place, .silent)
        case .close:
            server.answer(connection, place, .silent)
            server.finishAndClose(connection)
        case .wait: return
        }
        server.unmute(connection)
    }

    private func encode<Response: ResponseMessage>(
        _ response: Response, _ call: Call<Response>, _ correlationId: Int32
    ) -> [Outbox.Piece]? {
        var writer = WireWriter()
        do {
            try response.frame(correlationId: correlationId, version: call.version, into: &writer)
        } catch {
            core.configuration.log("an answer to \(Response.apiKey.name) could not be written: \(error.message)")
            return nil
        }
        guard !writer.splices.isEmpty else { return [.bytes(writer.bytes)] }
        var pieces: [Outbox.Piece] = []
        var position = 0
        for splice in writer.splices {
            pieces.append(.bytes(Array(writer.bytes[position..<splice.position])))
            pieces.append(call.attachments[splice.reference])
            position = splice.position
        }
        pieces.append(.bytes(Array(writer.bytes[position...])))
        return pieces
    }

    /// A version of ApiVersions that is not known is answered in the oldest form with the table, so that the client can
    /// choose again (KIP-511); any other request of an unknown version ends the connection.
    private func refuseVersion(_ header: RequestHeader, _ connection: Connection) -> Server.Verdict {
        guard header.apiKey == .apiVersions else {
            let name = header.apiKey?.name ?? "key \(header.key)"
            let served = header.apiKey.map { " (\($0.versions.lowerBound) to \($0.versions.upperBound) are)" } ?? ""
            return refuse(connection, "version \(header.version) of \(name) is not served\(served)", header)
        }
        let place = connection.openPlace()
        var response = ApiVersionsHandler.table(core.configuration)
        response.errorCode = .unsupportedVersion
        var writer = WireWriter()
        guard (try? response.frame(correlationId: header.correlationId, version: 0, into: &writer)) != nil else {
            return .close
        }
        server.answer(connection, place, .pieces([.bytes(writer.bytes)]))
        return .next
    }
}
