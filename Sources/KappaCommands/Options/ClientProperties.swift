import KappaArguments
import KappaCore
import KappaKafka

/// Properties of a Kafka client, in librdkafka's words, out of librdkafka's or Java's.
///
/// A secret's value may be a reference (`file:`, `env:`, `prompt`), and on the command line must be one.
struct ClientProperties: Sendable {
    private(set) var values: [String: String] = [:]
    /// Java's words that mean nothing here, and were left out.
    private(set) var ignored: [String] = []

    static func isSecret(_ key: String) -> Bool {
        ["password", "secret", "key.pem", "jaas", "keystore.key", "token"].contains { key.contains($0) }
            && !key.hasSuffix(".mechanism") && !key.hasSuffix(".url")
    }

    /// Takes `key=value` from the command line.
    mutating func add(word: String) throws {
        let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
        guard parts.count == 2, !parts[0].isEmpty else {
            throw UsageError("-X: '\(parts[0])' is not KEY=VALUE")
        }
        let (key, value) = (String(parts[0]), String(parts[1]))
        if ClientProperties.isSecret(key), (try? SecretReference(word: value)) == nil {
            throw UsageError(
                "-X \(key): a secret on the command line can be read by others",
                hint: "write \(key)=file:PATH, \(key)=env:NAME or \(key)=prompt, or put it into a file for -F")
        }
        try add([(key, value)], place: "-X \(key)")
    }

    /// Takes a `client.properties` file.
    mutating func add(file path: String) throws {
        // Java reads them as Latin-1, and people save them as UTF-8.
        let text = try TextFile.read(path, as: "the properties file", otherwise: .latin1)
        try add(PropertiesText.pairs(text), place: path)
    }

    private mutating func add(_ pairs: [(key: String, value: String)], place: String) throws {
        var java = JavaProperties(place: place)
        for (key, value) in pairs { try java.add(key, try revealed(key, value)) }
        let translated = try java.translated()
        values.merge(translated.values) { $1 }
        ignored += translated.ignored
    }

    private func revealed(_ key: String, _ value: String) throws -> String {
        guard ClientProperties.isSecret(key), let reference = try? SecretReference(word: value) else { return value }
        return try reference.reveal(key).revealed
    }
}
