/// Puts another value in the place of a field and leaves every other byte of the text as it is.
package struct JSONSplice: ~Copyable {
    private var buffer = JSONBuffer()

    package init() {}

    /// Calls `choose` with the field's value (`.absent` where there is none) and appends the text with its answer, JSON
    /// bytes, instead. A field that is not there is added as the last one of its object. False, with nothing appended,
    /// where the text is not JSON, has no place for the field, or `choose` answers nil.
    package mutating func replace(
        _ path: FieldPath, in text: UnsafeRawBufferPointer, into writer: inout ByteWriter,
        by choose: (JSONValue) -> [UInt8]?
    ) -> Bool {
        buffer.load(text)
        guard let whole = try? JSONValue(checking: buffer) else { return false }
        let found = path.find(in: whole)
        guard let start = found.start, found.kind != .absent else {
            return insert(path, into: whole, text, &writer, choose)
        }
        guard let new = choose(found) else { return false }
        let begin = start - buffer.start
        let end = begin + Int(found.length)
        writer.append(UnsafeRawBufferPointer(rebasing: text[..<begin]))
        new.withUnsafeBytes { writer.append($0) }
        writer.append(UnsafeRawBufferPointer(rebasing: text[end...]))
        return true
    }

    private func insert(
        _ path: FieldPath, into whole: JSONValue, _ text: UnsafeRawBufferPointer, _ writer: inout ByteWriter,
        _ choose: (JSONValue) -> [UInt8]?
    ) -> Bool {
        var parent = whole
        for component in path.components.dropLast() { parent = parent.member(component) }
        guard parent.kind == .object, let start = parent.start, let name = path.components.last,
            let new = choose(.absent)
        else { return false }
        // The text has been checked, so an object's last brace is its own; spaces may follow it.
        var end = start - buffer.start + Int(parent.length) - 1
        while text[end] != UInt8(ascii: "}") { end -= 1 }
        var count = 0
        try? parent.forEachField { _, _ in count += 1 }
        writer.append(UnsafeRawBufferPointer(rebasing: text[..<end]))
        if count > 0 { writer.append(UInt8(ascii: ",")) }
        writer.append(quoted: name)
        writer.append(UInt8(ascii: ":"))
        new.withUnsafeBytes { writer.append($0) }
        writer.append(UnsafeRawBufferPointer(rebasing: text[end...]))
        return true
    }
}
