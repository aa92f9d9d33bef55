import KappaWire

/// One request of the protocol: the versions that are advertised for it, and what is done about it.
///
/// `handle` answers at once, or keeps the call and answers later; it never blocks.
protocol Handler: SendableMetatype {
    associatedtype Request: RequestMessage
    /// What ApiVersions says; usually all that the codec knows.
    static var advertised: ClosedRange<Int16> { get }
    /// Whether the next request of the same connection may be handled before this one is answered.
    static var mayOverlap: Bool { get }
    /// Whether it is served before the client has proved who it is.
    static var isOpenToAll: Bool { get }
    /// Whether a broker of these settings has it at all.
    static func isServed(_ configuration: BrokerConfiguration) -> Bool
    static func handle(_ request: Request, _ call: Call<Request.Response>, _ core: BrokerCore) -> Outcome<
        Request.Response
    >
}

extension Handler {
    static var advertised: ClosedRange<Int16> { Request.versions }
    static var mayOverlap: Bool { false }
    static var isOpenToAll: Bool { false }
    static func isServed(_ configuration: BrokerConfiguration) -> Bool { true }
}

enum Outcome<Response> {
    case answer(Response)
    /// The call has been kept, and will be answered.
    case wait
    /// The last answer of its connection, which then ends.
    case farewell(Response)
    /// The protocol wants no answer.
    case silent
    /// The connection ends without an answer.
    case close
}

/// One request under way, and the way back to whoever sent it.
final class Call<Response: ResponseMessage> {
    let version: Int16
    let now: Moment
    let clientName: String
    let clientHost: String
    /// Who the client has proved to be.
    let session: Session
    /// Bytes that the answer refers to instead of holding them.
    var attachments: [Outbox.Piece] = []
    /// Set while the next request of the connection must wait for this one, though requests of its kind may overlap.
    private(set) var isAlone = false
    /// Lets the connection's next request in.
    var letNextIn: () -> Void = {}
    private var reply: ((Call, Outcome<Response>) -> Void)?

    init(
        version: Int16, now: Moment, clientName: String, clientHost: String, session: Session,
        reply: @escaping (Call, Outcome<Response>) -> Void
    ) {
        self.version = version
        self.now = now
        self.clientName = clientName
        self.clientHost = clientHost
        self.session = session
        self.reply = reply
    }

    /// Whether an answer is still owed.
    var isOpen: Bool { reply != nil }

    /// Keeps the connection's next request out until `letOthersIn`.
    func keepOthersOut() { isAlone = true }

    func letOthersIn() {
        isAlone = false
        letNextIn()
    }

    func answer(_ response: Response) { finish(.answer(response)) }

    func finish(_ outcome: Outcome<Response>) {
        guard let reply else { return }
        self.reply = nil
        reply(self, outcome)
    }
}

/// What is remembered of a connection between its requests.
final class Session {
    var authentication = Authentication.notAsked {
        didSet {
            if case .done(let user) = authentication {
                principal = "User:\(user)"
                provedBefore = user
            } else {
                principal = Client.anonymous
            }
        }
    }
    /// Who it proved to be first.
    private(set) var provedBefore: String?
    /// Who the client is to the rules of access.
    private(set) var principal = Client.anonymous
    /// When it must have proved anew who it is, by the steady clock; nil where that holds for ever.
    var expiresAt: Int64?
    /// The next frames are tokens of an authentication, and nothing else.
    var takesBareTokens = false
    /// Set when the connection ends, so that long waits on its behalf end too.
    var isOver = false
    var onEnd: [() -> Void] = []

    enum Authentication {
        case notAsked
        case required
        case started(SaslExchange)
        case done(user: String)
    }
}
