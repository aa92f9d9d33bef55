import KappaCore
import KappaHTTP
import KappaStores

/// The indices of a target: one, or one for each day or month, or those of a person's own pattern.
struct IndexNames {
    private enum Part {
        case text(String)
        case field(Int)
        /// %Y, %m or %d
        case date(Character)
    }

    let target: ViewTarget
    private var parts: [Part] = []
    private let start: Int?

    init(_ target: ViewTarget) throws(StoreError) {
        self.target = target
        let fields = target.results.fields
        start = target.shape == .results ? fields.firstIndex { $0.isKey && $0.kind == .time } : nil
        let layout = target.layout
        guard !layout.isWhole else { return }
        guard start != nil else {
            throw StoreError(
                .usage, "these rows have no time in their key, so there is no index for each day or month",
                hint: "Without --per and --index-name they go to one index.")
        }
        if let pattern = layout.pattern {
            try read(pattern)
        } else {
            let stamps: [Part] = layout.period == .day ? [.text("."), .date("d")] : []
            parts = [.text("\(target.sink)-"), .date("Y"), .text("."), .date("m")] + stamps
        }
    }

    /// The only index, where there is but one.
    var only: String? { parts.isEmpty ? target.sink : nil }

    private mutating func read(_ pattern: String) throws(StoreError) {
        // Generations stand beside each other, so only the first bears the plain names.
        var literal = target.generation == 1 ? "" : "\(target.sink)-"
        var rest = pattern[...]
        while let character = rest.popFirst() {
            switch character {
            case "{":
                let name = rest.prefix { $0 != "}" }
                rest = rest.dropFirst(name.count + 1)
                parts.append(.text(literal))
                literal = ""
                parts.append(.field(try keyField(String(name))))
            case "%":
                guard let letter = rest.popFirst(), "Ymd".contains(letter) else {
                    throw IndexNames.wrong("% stands before Y, m or d")
                }
                parts.append(.text(literal))
                literal = ""
                parts.append(.date(letter))
            default: literal.append(character)
            }
        }
        parts.append(.text(literal))
        try check()
    }

    private func keyField(_ name: String) throws(StoreError) -> Int {
        let fields = target.results.fields
        if let index = fields.firstIndex(where: {
            $0.isKey && $0.kind == .text && ($0.column == name || $0.name == name)
        }
        ) {
            return index
        }
        let names = fields.filter { $0.isKey && $0.kind == .text }.map(\.column).joined(separator: ", ")
        throw IndexNames.wrong("'\(name)' is no text of the rows' key, which has \(names)")
    }

    /// A name begins with a letter, a digit or a field, and has the letters that an index may have.
    private func check() throws(StoreError) {
        var isFirst = true
        for case .text(let text) in parts where !text.isEmpty {
            guard text.utf8.allSatisfy({ IndexNames.isPlain($0) }) else {
                throw IndexNames.wrong("an index's name has lower-case letters, digits and -_.")
            }
            if isFirst, case .text(let first)? = parts.first, first == text, "-_.".contains(text.first!) {
                throw IndexNames.wrong("an index's name begins with a letter or a digit")
            }
            isFirst = false
        }
        let letters = parts.compactMap { if case .date(let letter) = $0 { letter } else { nil } }
        guard letters.isEmpty || letters.contains("Y") else { throw IndexNames.wrong("a date in it has no %Y") }
        let finest: Character = target.layout.period == .day ? "d" : "m"
        guard target.layout.period == nil || letters.contains(finest) else {
            throw IndexNames.wrong("there is no %\(finest) in it for --per \(target.layout.period!.rawValue)")
        }
    }

    private static func wrong(_ reason: String) -> StoreError {
        StoreError(
            .usage, "--index-name: \(reason)", hint: "Such as '{instrument}-logs-%Y.%m.%d'.")
    }

    private static func isPlain(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"),
            UInt8(ascii: "_"), UInt8(ascii: "."):
            true
        default: false
        }
    }

    // MARK: A row's index

    /// The index of a row: of its key alone, so that a later record of the key finds the earlier one. What a name may
    /// not hold becomes -, as does _, which the names of instruments have.
    func name(of row: BatchRow, in batch: RowBatch) -> String {
        if let only { return only }
        let cells = batch.cells(of: row)
        let date = TableLayout.date(of: Timestamp(milliseconds: start.map { cells[$0].whole } ?? 0))
        var name = ""
        for part in parts {
            switch part {
            case .text(let text): name += text
            case .date("Y"): name += TableLayout.padded(date.year, 4)
            case .date("m"): name += TableLayout.padded(date.month, 2)
            case .date: name += TableLayout.padded(date.day, 2)
            case .field(let index): name += IndexNames.plain(batch.arena.bytes(cells[index].slice))
            }
        }
        return String(name.prefix(200))
    }

    private static func plain(_ bytes: UnsafeRawBufferPointer) -> String {
        let text = String(decoding: bytes, as: UTF8.self).lowercased()
        let plain = text.utf8.map { byte in
            let isLetter = isPlain(byte) && byte != UInt8(ascii: "_") && byte != UInt8(ascii: ".")
            return isLetter ? Character(Unicode.Scalar(byte)) : "-"
        }
        let trimmed = String(plain).drop { $0 == "-" }
        return trimmed.isEmpty ? "x" : String(trimmed)
    }

    /// A wildcard that finds them all, and perhaps others'.
    var wildcard: String {
        if let only { return only }
        var text = ""
        for part in parts {
            if case .text(let literal) = part { text += literal } else if text.last != "*" { text += "*" }
        }
        return text
    }

    /// What a pattern of the person's own costs, where there is one.
    var cost: String? {
        guard target.layout.pattern != nil else { return nil }
        return """
            an index for each name and date: many small ones cost the cluster memory, and 'kappa query' and the alias \
            '\(target.view)' read them all
            """
    }
}
