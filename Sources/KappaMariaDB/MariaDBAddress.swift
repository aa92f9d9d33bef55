import KappaStores

/// The parts of `mariadb://USER[:PASSWORD]@HOST[:PORT]/DATABASE?socket=…&ca=…&tls=off`.
struct MariaDBAddress: Sendable, Equatable {
    var user: String?
    var password: String?
    var host = "localhost"
    var port: UInt32 = 3306
    var database = ""
    var socket: String?
    /// A file of certificates that the server's must come from; the system's own otherwise.
    var authority: String?
    var usesTLS = true

    /// Beyond this machine the connection is encrypted and the server's certificate checked, unless the address says
    /// otherwise.
    var demandsTLS: Bool { usesTLS && socket == nil && !["localhost", "127.0.0.1", "::1"].contains(host) }

    init(word: String) throws(StoreError) {
        guard let start = word.firstRange(of: "://") else { throw MariaDBAddress.unreadable("it has no //") }
        let rest = word[start.upperBound...]
        let query = rest.firstIndex(of: "?")
        let path = rest[..<(query ?? rest.endIndex)]
        let slash = path.firstIndex(of: "/") ?? path.endIndex
        try readAuthority(String(path[..<slash]))
        if slash < path.endIndex { database = try MariaDBAddress.plain(path[path.index(after: slash)...]) }
        if let query { try readOptions(rest[rest.index(after: query)...]) }
        guard !database.isEmpty, !database.contains("/") else {
            throw MariaDBAddress.unreadable("it names no database")
        }
    }

    private mutating func readAuthority(_ text: String) throws(StoreError) {
        var place = text[...]
        if let at = text.lastIndex(of: "@") {
            let parts = text[..<at].split(separator: ":", maxSplits: 1, omittingEmptySubsequences: false)
            user = try MariaDBAddress.plain(parts[0])
            if parts.count == 2 { password = try MariaDBAddress.plain(parts[1]) }
            place = text[text.index(after: at)...]
        }
        var host = place
        let isBracketed = place.hasPrefix("[")
        let colon =
            isBracketed ? place.firstRange(of: "]:")?.upperBound : place.lastIndex(of: ":").map(place.index(after:))
        if let colon {
            guard let number = UInt16(place[colon...]), number > 0 else {
                throw MariaDBAddress.unreadable("its port is no number")
            }
            port = UInt32(number)
            host = place[..<place.index(before: colon)]
        }
        if isBracketed { host = host.dropFirst().prefix { $0 != "]" } }
        if !host.isEmpty { self.host = try MariaDBAddress.plain(host) }
    }

    private mutating func readOptions(_ text: Substring) throws(StoreError) {
        for part in text.split(separator: "&") {
            let pair = part.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            let value = try MariaDBAddress.plain(pair.count == 2 ? pair[1] : "")
            switch pair[0] {
            case "socket": socket = value
            case "ca": authority = value
            case "tls" where value == "off" || value == "on": usesTLS = value == "on"
            default: throw MariaDBAddress.unreadable("it knows socket=, ca= and tls=on|off behind the ?")
            }
        }
    }

    /// Nothing of the word is repeated: it may hold a password.
    private static func unreadable(_ reason: String) -> StoreError {
        StoreError(
            .usage, "the address of a MariaDB or MySQL store cannot be read: \(reason)",
            hint: "Write mariadb://USER@HOST/DATABASE, or mysql://USER@HOST:3306/DATABASE?ca=FILE.")
    }

    private static func plain(_ text: Substring) throws(StoreError) -> String {
        var bytes: [UInt8] = []
        var rest = Array(text.utf8)[...]
        while let byte = rest.popFirst() {
            guard byte == UInt8(ascii: "%") else {
                bytes.append(byte)
                continue
            }
            guard rest.count >= 2, let value = UInt8(String(decoding: rest.prefix(2), as: UTF8.self), radix: 16),
                value != 0
            else { throw unreadable("a % in it has no two digits behind it") }
            bytes.append(value)
            rest = rest.dropFirst(2)
        }
        return String(decoding: bytes, as: UTF8.self)
    }

    /// Built from the parts that are fit to be shown.
    var name: String {
        let who = user.map { "\($0)@" } ?? ""
        return "mariadb://\(who)\(socket ?? host)\(socket == nil && port != 3306 ? ":\(port)" : "")/\(database)"
    }
}
