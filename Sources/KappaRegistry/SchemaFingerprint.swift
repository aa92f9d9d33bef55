import KappaFormats

/// Numbers for texts that stay the same wherever they are made.
enum SchemaFingerprint {
    /// MD5 in the form of a GUID.
    static func guid(_ text: String) -> String {
        let digits = Array("0123456789abcdef")
        var guid = ""
        for (index, byte) in MD5.digest(Array(text.utf8)).enumerated() {
            if [4, 6, 8, 10].contains(index) { guid += "-" }
            guid.append(digits[Int(byte >> 4)])
            guid.append(digits[Int(byte & 15)])
        }
        return guid
    }
}
