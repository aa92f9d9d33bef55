import KappaWire
import Testing

/// Ids as people see them. The expectations are Python's `base64.urlsafe_b64encode`, without its padding.
@Suite struct WireUUIDTests {
    @Test(arguments: [
        ("000102030405060708090a0b0c0d0e0f", "AAECAwQFBgcICQoLDA0ODw"),
        ("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0", "__79_Pv6-fj39vX08_Lx8A"),
    ])
    func idIsWrittenAsKafkaDoes(_ digits: String, _ text: String) throws {
        let id = try #require(WireUUID(hexadecimal: digits))
        #expect(id.base64 == text)
    }
}
