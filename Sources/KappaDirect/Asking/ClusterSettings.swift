package import KappaCore

/// Whom to ask, and for how long.
package struct ClusterSettings: Sendable {
    /// Those that are asked first.
    package var brokers: [BrokerAddress]
    package var clientId: String
    /// How long a question is repeated while no broker answers at all.
    package var silence: Duration
    /// How long it is repeated while a broker answers, but cannot tell yet.
    package var patience: Duration

    package var signIn: SignIn?
    /// Ends what is repeated.
    package var stop: StopSignal

    package init(
        brokers: [BrokerAddress], clientId: String, signIn: SignIn? = nil, silence: Duration, patience: Duration,
        stop: StopSignal = .never
    ) {
        self.stop = stop
        self.signIn = signIn
        self.brokers = brokers
        self.clientId = clientId
        self.silence = silence
        self.patience = patience
    }
}

extension BrokerAddress {
    /// The addresses in `bootstrap.servers`: `host:port,[::1]:port,PLAINTEXT://host`, where 9092 is what is left out.
    package static func list(_ text: String) -> [BrokerAddress] {
        text.split(separator: ",").compactMap { BrokerAddress(word: $0) }
    }

    private init?(word: Substring) {
        var word = word.drop { $0 == " " }
        while word.last == " " { word.removeLast() }
        if let scheme = word.ranges(of: "://").first { word = word[scheme.upperBound...] }
        guard !word.isEmpty else { return nil }
        let isBracketed = word.first == "["
        let end = isBracketed ? word.firstIndex(of: "]") : word.lastIndex(of: ":")
        guard let end else {
            self.init(host: String(word), port: BrokerAddress.usualPort)
            return
        }
        let host = isBracketed ? word[word.index(after: word.startIndex)..<end] : word[..<end]
        let rest = isBracketed ? word[end...].dropFirst(2) : word[end...].dropFirst()
        self.init(host: String(host), port: Int(rest) ?? BrokerAddress.usualPort)
    }

    private static let usualPort = 9092
}
