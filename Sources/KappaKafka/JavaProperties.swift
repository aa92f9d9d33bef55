/// Turns the words of Java's Kafka clients into librdkafka's. Words that are librdkafka's already stay as they are.
package struct JavaProperties {
    private let place: String
    private var given: [(key: String, value: String)] = []

    package init(place: String) { self.place = place }

    package mutating func add(_ key: String, _ value: String) throws { given.append((key, value)) }

    package func translated() throws -> (values: [String: String], ignored: [String]) {
        var values: [String: String] = [:]
        var ignored: [String] = []
        for (key, value) in given {
            guard let pairs = try translate(key, value) else {
                ignored.append(key)
                continue
            }
            for pair in pairs { values[pair.0] = pair.1 }
        }
        return (values, ignored)
    }

    private func value(_ key: String) -> String? { given.last { $0.key == key }?.value }

    /// nil for what only a Java program can use.
    private func translate(_ key: String, _ value: String) throws -> [(String, String)]? {
        switch key {
        case "sasl.mechanism": [("sasl.mechanisms", value)]
        case "sasl.jaas.config": try jaas(value)
        case "ssl.endpoint.identification.algorithm": [(key, value.isEmpty ? "none" : value.lowercased())]
        case "ssl.truststore.location": try trustStore(value)
        case "ssl.truststore.certificates": [("ssl.ca.pem", value)]
        case "ssl.keystore.location": try keyStore(value)
        case "ssl.keystore.certificate.chain": [("ssl.certificate.pem", value)]
        case "ssl.keystore.key": [("ssl.key.pem", value)]
        case "ssl.keystore.password":
            kind("ssl.keystore") == "PEM" ? [("ssl.key.password", value)] : [(key, value)]
        case "security.protocol": [(key, value.lowercased())]
        case "ssl.truststore.type", "ssl.keystore.type", "ssl.truststore.password", "ssl.protocol",
            "ssl.enabled.protocols", "ssl.provider":
            []
        case _ where JavaProperties.isOfJavaAlone(key): nil
        default: [(key, value)]
        }
    }

    private static func isOfJavaAlone(_ key: String) -> Bool {
        let endings = [".serializer", ".deserializer", ".classes", ".class", ".reporters", ".handler.class"]
        return endings.contains { key.hasSuffix($0) } || key.hasPrefix("ssl.engine") || key.hasPrefix("sasl.login")
    }

    private func kind(_ store: String) -> String {
        if let named = value(store + ".type") { return named.uppercased() }
        let path = (value(store + ".location") ?? "").lowercased()
        if path.hasSuffix(".pem") || path.hasSuffix(".crt") || path.hasSuffix(".cer") { return "PEM" }
        return path.hasSuffix(".p12") || path.hasSuffix(".pfx") ? "PKCS12" : "JKS"
    }

    private func trustStore(_ path: String) throws -> [(String, String)] {
        switch kind("ssl.truststore") {
        case "PEM": return [("ssl.ca.location", path)]
        case "PKCS12":
            throw PropertiesFailure(
                "\(place): ssl.truststore.location: \(path) is a PKCS#12 store, and librdkafka reads PEM",
                hint: "openssl pkcs12 -in \(path) -nokeys -out ca.pem, then ssl.ca.location=ca.pem")
        default:
            throw PropertiesFailure(
                "\(place): ssl.truststore.location: \(path) is a Java key store (JKS), which only Java reads",
                hint: "keytool -exportcert -rfc -keystore \(path) -alias ALIAS -file ca.pem, "
                    + "then ssl.ca.location=ca.pem")
        }
    }

    private func keyStore(_ path: String) throws -> [(String, String)] {
        switch kind("ssl.keystore") {
        case "PEM": return [("ssl.certificate.location", path), ("ssl.key.location", path)]
        case "PKCS12": return [("ssl.keystore.location", path)]
        default:
            throw PropertiesFailure(
                "\(place): ssl.keystore.location: \(path) is a Java key store (JKS), which only Java reads",
                hint: "keytool -importkeystore -srckeystore \(path) -destkeystore client.p12 "
                    + "-deststoretype PKCS12, then ssl.keystore.location=client.p12")
        }
    }

    /// `…ScramLoginModule required username="u" password="p";`
    private func jaas(_ text: String) throws -> [(String, String)] {
        guard text.contains("PlainLoginModule") || text.contains("ScramLoginModule") else {
            throw PropertiesFailure(
                "\(place): sasl.jaas.config: only the Plain and Scram login modules are understood",
                hint: "say sasl.mechanisms, sasl.username and sasl.password instead")
        }
        guard let name = quoted("username", text), let password = quoted("password", text) else {
            throw PropertiesFailure("\(place): sasl.jaas.config: username=\"…\" and password=\"…\" are needed")
        }
        return [("sasl.username", name), ("sasl.password", password)]
    }

    private func quoted(_ key: String, _ text: String) -> String? {
        guard let start = text.ranges(of: key + "=").first, start.upperBound < text.endIndex else { return nil }
        let quote = text[start.upperBound]
        guard quote == "\"" || quote == "'" else { return nil }
        var result = "", rest = text[text.index(after: start.upperBound)...]
        while let letter = rest.popFirst() {
            if letter == quote { return result }
            if letter == "\\", let next = rest.popFirst() { result.append(next) } else { result.append(letter) }
        }
        return nil
    }
}
