import Glibc

/// Which names a server answers to.
///
/// A page of somewhere else whose name is made to point at this machine (DNS rebinding) sends that name along: it is
/// the one thing that tells it from our own. An address in digits cannot be rebound, so it always passes.
package struct HostRule: Sendable, Equatable {
    private let names: Set<String>

    /// The names that are always meant here, and those given.
    package init(names: [String] = []) {
        self.names = Set((["localhost"] + names).map { $0.lowercased() })
    }

    /// The rule for a server on `address`: on loopback only its own names, elsewhere what the caller allows.
    package init(listen address: ListenAddress, names: [String] = []) {
        self.init(names: names + [address.host])
    }

    /// Whether the field's value (`name`, `name:port`, `[::1]:port`) is one of ours.
    package func allows(_ field: String) -> Bool {
        guard let name = HostRule.name(field) else { return false }
        return names.contains(name) || HostRule.isAddress(name)
    }

    /// The name without its port, in lower case; nil where it is none.
    static func name(_ field: String) -> String? {
        var rest = field[...]
        if rest.hasPrefix("[") {
            guard let end = rest.firstIndex(of: "]") else { return nil }
            let name = rest[rest.index(after: rest.startIndex)..<end]
            rest = rest[rest.index(after: end)...]
            return isPort(rest) ? name.lowercased() : nil
        }
        let name = rest.prefix { $0 != ":" }
        rest = rest[name.endIndex...]
        let isName = name.utf8.allSatisfy { byte in
            (97...122).contains(byte | 32) || (48...57).contains(byte) || byte == 45 || byte == 46 || byte == 95
        }
        guard isName, !name.isEmpty, isPort(rest) else { return nil }
        return (name.hasSuffix(".") ? name.dropLast() : name).lowercased()
    }

    private static func isPort(_ rest: Substring) -> Bool {
        rest.isEmpty || (rest.hasPrefix(":") && rest.dropFirst().utf8.allSatisfy { (48...57).contains($0) })
    }

    private static func isAddress(_ name: String) -> Bool {
        var room = in6_addr()
        return inet_pton(AF_INET, name, &room) == 1 || inet_pton(AF_INET6, name, &room) == 1
    }
}
