import Glibc
import KappaCore

/// Writes the fields of a row as a JSON object, and the key behind it.
struct CSVRowWriter {
    private struct ColumnPlan {
        var name: String
        /// `{"name":` or `,"name":`.
        var prefix: [UInt8]
        var kind: CSVKind
    }

    private var plans: [ColumnPlan]
    private let keys: [Int]
    private let nulls: [[UInt8]]
    private let decimal: UInt8
    private let encoding: CSVEncoding
    private var times: CSVTimeReader
    /// Where the value of each column stands in the text.
    private var spans: [Range<Int>]
    private let scratch = CSVScratch()

    init(_ names: [String], _ settings: CSVSettings) throws(CSVHeaderFault) {
        for (index, name) in names.enumerated() {
            if name.isEmpty {
                throw CSVHeaderFault(
                    "column \(index + 1) has no name", hint: "--csv-fields NAME,… names them all, with --csv-skip 1")
            }
            if names[..<index].contains(name) { throw CSVHeaderFault("two columns have the name '\(name)'") }
        }
        let kinds = try CSVRowWriter.kinds(of: names, settings)
        var isFirst = true
        plans = []
        for (name, kind) in zip(names, kinds) {
            var prefix = ByteWriter()
            if kind != .skip {
                prefix.append(UInt8(ascii: isFirst ? "{" : ","))
                isFirst = false
                prefix.append(quoted: name)
                prefix.append(UInt8(ascii: ":"))
            }
            plans.append(ColumnPlan(name: name, prefix: Array(prefix.bytes), kind: kind))
        }
        guard !isFirst else { throw CSVHeaderFault("no column is left") }
        keys = try settings.keys.map { (key) throws(CSVHeaderFault) in
            guard let index = names.firstIndex(of: key), kinds[index] != .skip else {
                throw CSVHeaderFault("no column has the name '\(key)', of which the key is made", names)
            }
            return index
        }
        (nulls, decimal, encoding) = (settings.nulls, settings.decimal, settings.encoding)
        times = CSVTimeReader(pattern: settings.timePattern, zone: settings.zone)
        spans = [Range<Int>](repeating: 0..<0, count: names.count)
    }

    private static func kinds(of names: [String], _ settings: CSVSettings) throws(CSVHeaderFault) -> [CSVKind] {
        var kinds = [CSVKind](repeating: .auto, count: names.count)
        for (name, kind) in settings.kinds {
            guard let index = names.firstIndex(of: name) else {
                throw CSVHeaderFault("no column has the name '\(name)' of --csv-types", names)
            }
            kinds[index] = kind
        }
        if settings.speaksOfTimes, !kinds.contains(.time) {
            guard let index = names.firstIndex(of: "timestamp"), kinds[index] == .auto else {
                throw CSVHeaderFault("no column is a time", hint: "--csv-types NAME=time says which one is")
            }
            kinds[index] = .time
        }
        return kinds
    }

    /// The place of the key behind the value, where there is one.
    mutating func write(_ row: borrowing CSVCutter, into text: inout ByteWriter) throws(CSVFault) -> Range<Int>? {
        for index in plans.indices where plans[index].kind != .skip {
            plans[index].prefix.withUnsafeBytes { text.append($0) }
            let start = text.count
            do { try write(row[index], plans[index].kind, into: &text) } catch {
                throw CSVFault(message: "'\(plans[index].name)' \(CSVRowWriter.shown(row[index])) \(error.message)")
            }
            spans[index] = start..<text.count
        }
        text.append(UInt8(ascii: "}"))
        return keys.isEmpty ? nil : try writeKey(into: &text)
    }

    private mutating func writeKey(into text: inout ByteWriter) throws(CSVFault) -> Range<Int> {
        let start = text.count
        for (place, index) in keys.enumerated() {
            if place > 0 { text.append(UInt8(ascii: "|")) }
            let value = spans[index]
            let first = text.bytes[value.lowerBound]
            guard first != UInt8(ascii: "n") else {
                throw CSVFault(message: "there is no field '\(plans[index].name)' to make its key of")
            }
            scratch.bytes.removeAll()
            if first == UInt8(ascii: "\"") {
                scratch.append(string: text.bytes(value))
            } else {
                scratch.bytes.append(text.bytes(value))
            }
            text.append(scratch.bytes.bytes)
        }
        return start..<text.count
    }

    private mutating func write(
        _ field: CSVField, _ kind: CSVKind, into text: inout ByteWriter
    ) throws(CSVFault) {
        if isNull(field, kind) { return text.append(literal: "null") }
        switch kind {
        case .auto:
            if !field.traits.contains(.quoted), writeIfTyped(field, into: &text) { return }
            try write(text: field, into: &text)
        case .text: try write(text: field, into: &text)
        case .number:
            guard CSVNumber.write(field.bytes, decimal: decimal, isStrict: false, into: &text) else {
                throw CSVFault(message: "is no number")
            }
        case .boolean:
            guard let value = CSVRowWriter.boolean(field.bytes) else {
                throw CSVFault(message: "is neither true nor false")
            }
            text.append(literal: value ? "true" : "false")
        case .time:
            let time = try times.read(field.bytes.trimmingBlanks)
            text.append(UInt8(ascii: "\""))
            text.append(time: time)
            text.append(UInt8(ascii: "\""))
        case .json: try write(json: field, into: &text)
        case .skip: break
        }
    }

    /// An empty text in quotes is a text that is empty, where the column may hold text.
    private func isNull(_ field: CSVField, _ kind: CSVKind) -> Bool {
        if field.bytes.isEmpty { return !field.traits.contains(.quoted) || (kind != .auto && kind != .text) }
        return !nulls.isEmpty && nulls.contains { $0.elementsEqual(field.bytes) }
    }

    /// Writes what is a number, true or false by its look.
    @inline(__always)
    private func writeIfTyped(_ field: CSVField, into text: inout ByteWriter) -> Bool {
        let first = field.bytes[0]
        if first &- 0x30 < 10 || first == UInt8(ascii: "-") || first == 0x20 {
            return CSVNumber.write(field.bytes, decimal: decimal, isStrict: true, into: &text)
        }
        guard first == UInt8(ascii: "t") || first == UInt8(ascii: "f") else { return false }
        for word in ["true", "false"] as [StaticString] where field.says(word) {
            text.append(literal: word)
            return true
        }
        return false
    }

    @inline(__always)
    private func write(text field: CSVField, into text: inout ByteWriter) throws(CSVFault) {
        guard field.traits.isPlain else {
            scratch.bytes.removeAll()
            guard encoding.decode(field, into: &scratch.bytes) else {
                throw CSVFault(message: "is not UTF-8; --csv-encoding windows-1252 may read it")
            }
            return text.append(quoted: scratch.bytes.bytes)
        }
        text.append(UInt8(ascii: "\""))
        text.append(field.bytes)
        text.append(UInt8(ascii: "\""))
    }

    private func write(json field: CSVField, into text: inout ByteWriter) throws(CSVFault) {
        scratch.bytes.removeAll()
        guard encoding.decode(field, into: &scratch.bytes), scratch.isJSON() else {
            throw CSVFault(message: "is no JSON")
        }
        text.append(scratch.bytes.bytes)
    }

    private static func boolean(_ bytes: UnsafeRawBufferPointer) -> Bool? {
        switch String(decoding: bytes.trimmingBlanks, as: UTF8.self).lowercased() {
        case "true", "yes", "1": true
        case "false", "no", "0": false
        default: nil
        }
    }

    /// The field as an error quotes it.
    private static func shown(_ field: CSVField) -> String {
        let text = ForeignText.line(String(decoding: field.bytes.prefix(40), as: UTF8.self))
        return "holds '\(text)\(field.bytes.count > 40 ? "…" : "")', which"
    }
}

extension CSVHeaderFault {
    fileprivate init(_ message: String, _ names: [String]) {
        self.init(message, hint: "the columns are \(names.joined(separator: ", "))")
    }
}

extension CSVField {
    fileprivate func says(_ word: StaticString) -> Bool {
        bytes.count == word.utf8CodeUnitCount && memcmp(bytes.baseAddress!, word.utf8Start, bytes.count) == 0
    }
}

extension UnsafeRawBufferPointer {
    var trimmingBlanks: UnsafeRawBufferPointer {
        var (first, end) = (0, count)
        while first < end, self[first] == 0x20 || self[first] == 0x09 { first += 1 }
        while end > first, self[end - 1] == 0x20 || self[end - 1] == 0x09 { end -= 1 }
        return UnsafeRawBufferPointer(rebasing: self[first..<end])
    }
}

/// Room for a field that is not written as it stands.
private final class CSVScratch {
    var bytes = ByteWriter(capacity: 1024)
    private var json = JSONBuffer()

    func isJSON() -> Bool {
        json.load(bytes.bytes)
        return (try? JSONValue(checking: json)) != nil
    }

    /// What the JSON string says.
    func append(string: UnsafeRawBufferPointer) {
        guard memchr(string.baseAddress!, Int32(UInt8(ascii: "\\")), string.count) != nil else {
            return bytes.append(UnsafeRawBufferPointer(rebasing: string.dropFirst().dropLast()))
        }
        json.load(string)
        if let value = try? JSONValue(checking: json) { bytes.append(decoded: value) }
    }
}
