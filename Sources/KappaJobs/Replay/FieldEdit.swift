package import KappaCore

/// A field of a JSON value and what it is to be from now on: `reading=12.5`, `timezone="UTC"`, `unit=mm`.
package struct FieldEdit: Sendable {
    package let path: FieldPath
    /// As it stands in the JSON text.
    package let value: [UInt8]

    package init(path: FieldPath, value: [UInt8]) {
        self.path = path
        self.value = value
    }
}
extension FieldEdit {
    /// What is JSON stays what it is, everything else is a text.
    package static func json(_ word: String) -> [UInt8] {
        var buffer = JSONBuffer()
        var word = word
        word.withUTF8 { buffer.load(UnsafeRawBufferPointer($0)) }
        if (try? JSONValue(checking: buffer)) != nil { return Array(word.utf8) }
        var writer = ByteWriter()
        writer.append(quoted: word)
        return Array(writer.bytes)
    }
}
