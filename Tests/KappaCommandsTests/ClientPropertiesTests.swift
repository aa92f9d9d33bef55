import KappaCore
import KappaTestSupport
import Testing

@testable import KappaCommands

/// Java's `client.properties` and librdkafka's words, for one client.
@Suite struct ClientPropertiesTests {
    private func read(_ text: String) throws -> ClientProperties {
        let folder = try TemporaryDirectory()
        var properties = ClientProperties()
        try properties.add(file: try folder.write("client.properties", text))
        return properties
    }

    private func refusal(_ text: String) -> (any Failure)? {
        do {
            _ = try read(text)
            return nil
        } catch {
            return error as? any Failure
        }
    }

    @Test func librdkafkasWordsStayAsTheyAre() throws {
        let read = try read("# a comment\n! another\n\nfetch.min.bytes = 7\nclient.id: me\nacks all\n")
        #expect(read.values == ["fetch.min.bytes": "7", "client.id": "me", "acks": "all"])
    }

    @Test func javasEscapesAndLongLinesAreRead() throws {
        let read = try read("a\\:b=c\\=d\nlong = one, \\\n    two\nletter=\\u00e9\\t.\nempty=\n")
        #expect(read.values == ["a:b": "c=d", "long": "one, two", "letter": "é\t.", "empty": ""])
    }

    @Test func aLoginModuleBecomesNameAndPassword() throws {
        let read = try read(
            """
            security.protocol=SASL_SSL
            sasl.mechanism=SCRAM-SHA-512
            sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\
                username="alice" password="a\\\\"b";
            """)
        #expect(
            read.values == [
                "security.protocol": "sasl_ssl", "sasl.mechanisms": "SCRAM-SHA-512", "sasl.username": "alice",
                "sasl.password": "a\"b",
            ])
    }

    @Test func pemStoresBecomeFiles() throws {
        let read = try read(
            """
            ssl.truststore.type=PEM
            ssl.truststore.location=/etc/ca.pem
            ssl.keystore.type=PEM
            ssl.keystore.location=/etc/client.pem
            ssl.keystore.password=pw
            ssl.endpoint.identification.algorithm=
            """)
        #expect(
            read.values == [
                "ssl.ca.location": "/etc/ca.pem", "ssl.certificate.location": "/etc/client.pem",
                "ssl.key.location": "/etc/client.pem", "ssl.key.password": "pw",
                "ssl.endpoint.identification.algorithm": "none",
            ])
    }

    @Test func javaKeyStoresAreRefusedWithTheWayOut() {
        let trust = refusal("ssl.truststore.location=/etc/trust.jks\nssl.truststore.password=hunter2\n")
        #expect(trust?.message.contains("/etc/trust.jks is a Java key store (JKS)") == true)
        #expect(trust?.hint?.contains("keytool -exportcert") == true)
        let keys = refusal("ssl.keystore.location=/etc/keys.jks\nssl.keystore.password=hunter2\n")
        #expect(keys?.hint?.contains("-deststoretype PKCS12") == true)
        #expect(keys?.description.contains("hunter2") == false)
    }

    @Test func whatOnlyJavaCanUseIsNamed() throws {
        let read = try read("key.serializer=org.x.StringSerializer\ninterceptor.classes=org.x.I\nlinger.ms=5\n")
        #expect(read.ignored == ["key.serializer", "interceptor.classes"])
        #expect(read.values == ["linger.ms": "5"])
    }

    @Test func aSecretOnTheCommandLineIsRefusedAndNotRepeated() throws {
        var properties = ClientProperties()
        let error = #expect(throws: UsageError.self) { try properties.add(word: "sasl.password=hunter2") }
        #expect(error?.description.contains("hunter2") == false)
        let folder = try TemporaryDirectory()
        let file = try folder.write("secret", "hunter2\n")
        try properties.add(word: "sasl.password=file:\(file)")
        #expect(properties.values == ["sasl.password": "hunter2"])
        #expect(throws: UsageError.self) { try properties.add(word: "novalue") }
    }

    @Test func secretsDoNotShowThemselves() throws {
        let secret = Secret("hunter2")
        #expect("\(secret) \(String(reflecting: secret))".contains("hunter2") == false)
        #expect(Redaction.connection("postgresql://me:hunter2@h:5432/d") == "postgresql://me:••••@h:5432/d")
        #expect(
            Redaction.connection("postgresql://me@h/d?password=hunter2&x=1") == "postgresql://me@h/d?password=••••&x=1")
        #expect(Redaction.connection("host=h password=hunter2 user=x") == "host=h password=•••• user=x")
        #expect(Redaction.connection("sqlite:kappa.db") == "sqlite:kappa.db")
        #expect(Redaction.property("sasl.password=hunter2") == "sasl.password=••••")
        #expect(Redaction.property("client.id=me") == "client.id=me")
    }
}
