import KappaArguments
import KappaCore

/// A field of a JSON value and what it is to be from now on: `reading=12.5`, `timezone="UTC"`, `unit=mm`.
struct FieldEdit: Sendable {
    let path: FieldPath
    /// As it stands in the JSON text.
    let value: [UInt8]
}

extension ValueType where Value == FieldEdit {
    static var fieldEdit: Self {
        ValueType("FIELD=VALUE") { (word) throws(ValueError) in
            let parts = word.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
            guard parts.count == 2, let path = FieldPath(parts[0]) else {
                throw ValueError("'\(word)' is not FIELD=VALUE", hint: "reading=12.5 and unit=mm are")
            }
            return FieldEdit(path: path, value: FieldEdit.json(String(parts[1])))
        }
    }
}

extension FieldEdit {
    /// What is JSON stays what it is, everything else is a text.
    static func json(_ word: String) -> [UInt8] {
        var buffer = JSONBuffer()
        var word = word
        word.withUTF8 { buffer.load(UnsafeRawBufferPointer($0)) }
        if (try? JSONValue(checking: buffer)) != nil { return Array(word.utf8) }
        var writer = ByteWriter()
        writer.append(quoted: word)
        return Array(writer.bytes)
    }
}
