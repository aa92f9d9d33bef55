import KappaArguments

/// Hides what must not be shown: whole secrets, and the passwords inside connection words.
enum Redaction {
    static let mark = "••••"

    static func shown(_ word: String, of parameter: Parameter) -> String {
        if parameter.isSecret { return mark }
        return parameter.name == BrokerOptions.properties.parameter.name ? property(word) : connection(word)
    }

    /// `postgresql://user:••••@host/db`, `… password=•••• …`
    static func connection(_ word: String) -> String {
        var word = word
        if let scheme = word.ranges(of: "://").first, let at = word[scheme.upperBound...].lastIndex(of: "@"),
            let colon = word[scheme.upperBound..<at].firstIndex(of: ":")
        {
            word.replaceSubrange(word.index(after: colon)..<at, with: mark)
        }
        for key in ["password=", "sslpassword="] {
            guard let start = word.ranges(of: key).first else { continue }
            let end = word[start.upperBound...].firstIndex { $0 == " " || $0 == "&" } ?? word.endIndex
            word.replaceSubrange(start.upperBound..<end, with: mark)
        }
        return word
    }

    /// `sasl.password=••••`
    static func property(_ word: String) -> String {
        let key = word.prefix { $0 != "=" }
        return ClientProperties.isSecret(String(key)) && key.count < word.count ? "\(key)=\(mark)" : word
    }
}
