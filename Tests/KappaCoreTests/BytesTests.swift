import KappaCore
import Testing

@Suite struct BytesTests {
    // RFC 4648, section 10.
    @Test(arguments: [
        ("", ""), ("f", "Zg=="), ("fo", "Zm8="), ("foo", "Zm9v"), ("foob", "Zm9vYg=="), ("fooba", "Zm9vYmE="),
        ("foobar", "Zm9vYmFy"),
    ])
    func base64IsThatOfTheStandard(plain: String, encoded: String) {
        var writer = ByteWriter()
        Array(plain.utf8).withUnsafeBytes { Base64.write($0, into: &writer) }
        #expect(String(decoding: writer.bytes, as: UTF8.self) == encoded)
        #expect(Base64.read(encoded) == Array(plain.utf8))
    }

    @Test(arguments: ["Zg=", "Zg", "Z===", "====", "Zm=v", "Zm9\n", "Zg==Zg=="])
    func brokenBase64IsRefused(text: String) {
        #expect(Base64.read(text) == nil)
    }

    @Test func utf8IsCheckedAsSwiftDoes() {
        var state: UInt64 = 7
        for _ in 0..<20_000 {
            var bytes = Array("plain ascii, 8+ é€😀".utf8)
            for _ in 0..<2 {
                state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
                bytes[Int(state >> 33) % bytes.count] = UInt8(truncatingIfNeeded: state >> 50)
            }
            let isValid = String(validating: bytes, as: UTF8.self) != nil
            #expect(bytes.withUnsafeBytes(UTF8Check.isValid) == isValid)
        }
    }

    @Test func patternsMatchBytes() throws {
        let part = try BytePattern("B[0-9]+")
        #expect(Array("xB12".utf8)[...].withUnsafeBytes { part.matches($0) })
        #expect(!Array("xb".utf8).withUnsafeBytes { part.matches($0) })
        let whole = try BytePattern("a|b+", isAnchored: true)
        #expect(whole.matches("bbb") && whole.matches("a") && !whole.matches("ab"))
        #expect(throws: WordError.self) { try BytePattern("(") }
    }
}
