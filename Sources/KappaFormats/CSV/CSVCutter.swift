import Glibc

/// A field as it stands in the row, its quotes left out.
struct CSVField {
    /// What was seen while it was cut.
    struct Traits: OptionSet {
        let rawValue: UInt8

        /// It stands in quotes, so it is text whatever it looks like.
        static let quoted = Traits(rawValue: 1)
        /// A quote in it is doubled.
        static let doubled = Traits(rawValue: 4)
        /// JSON writes one of its bytes otherwise.
        static let special = Traits(rawValue: 8)
        static let beyondASCII = Traits(rawValue: 16)
        static let hasReturn = Traits(rawValue: 32)

        /// It can be written as it is.
        var isPlain: Bool { rawValue & 0b11_1100 == 0 }
    }

    var bytes: UnsafeRawBufferPointer
    var traits: Traits
}

/// Cuts one row after the other into its fields. A row that is not whole yet is cut again when more has come.
struct CSVCutter: ~Copyable {
    enum Row {
        /// Where the next one begins, and how many line ends lie before that.
        case whole(end: Int, lines: Int)
        case incomplete
        case bad(String)
    }

    /// A quoted field without an end would swallow the rest of the file; it is not looked for beyond this.
    static let longestRow = 16 << 20

    private static let delimiter: UInt8 = 1, lineFeed: UInt8 = 2, quote: UInt8 = 4

    /// What each byte means, so that one look at it is enough.
    private let classes: UnsafeMutablePointer<UInt8>
    /// What a delimiter is within quotes: JSON escapes a tab.
    private let delimiterTraits: UInt8
    private(set) var fields: UnsafeMutablePointer<CSVField>
    private(set) var count = 0
    private var capacity = 64

    init(delimiter: UInt8) {
        classes = .allocate(capacity: 256)
        for byte in 0..<256 {
            classes[byte] = byte < 0x20 ? 8 : byte >= 0x80 ? 16 : 0
        }
        classes[Int(UInt8(ascii: "\\"))] = 8
        classes[Int(UInt8(ascii: "\r"))] = 32
        classes[Int(UInt8(ascii: "\n"))] = CSVCutter.lineFeed
        classes[Int(UInt8(ascii: "\""))] = CSVCutter.quote
        delimiterTraits = classes[Int(delimiter)]
        classes[Int(delimiter)] = CSVCutter.delimiter
        fields = .allocate(capacity: capacity)
    }

    deinit {
        classes.deallocate()
        fields.deallocate()
    }

    subscript(index: Int) -> CSVField { fields[index] }

    /// Cuts the row that begins at `start`.
    mutating func cut(_ bytes: UnsafeRawBufferPointer, from start: Int, isAtEnd: Bool) -> Row {
        count = 0
        guard let base = bytes.baseAddress?.assumingMemoryBound(to: UInt8.self) else { return .incomplete }
        let end = bytes.count
        let isOver = isAtEnd || end - start > CSVCutter.longestRow
        var (here, lines) = (start, 0)
        while true {
            if here < end, base[here] == UInt8(ascii: "\"") {
                switch cutQuoted(base, &here, end, &lines) {
                case .whole: break
                case .open: return isOver ? .bad(CSVCutter.noEnd) : .incomplete
                case .closedAtEnd where !isAtEnd: return .incomplete
                case .closedAtEnd: return .whole(end: end, lines: lines)
                case .followed: return .bad(CSVCutter.followed)
                }
            } else {
                cutPlain(base, &here, end)
                if here == end, !isAtEnd { return isOver ? .bad(CSVCutter.tooLong) : .incomplete }
                if here == end { return .whole(end: end, lines: lines) }
            }
            here += 1
            if base[here - 1] == UInt8(ascii: "\n") { return .whole(end: here, lines: lines + 1) }
        }
    }

    private static let noEnd = "a field begins with a quote and has no closing one"
    private static let followed = "text follows the closing quote of a field"
    private static let tooLong = "a row of more than 16 MiB"

    private enum Quoted { case whole, open, closedAtEnd, followed }

    /// Cuts a field in quotes and steps onto the delimiter or the line feed behind it.
    private mutating func cutQuoted(
        _ base: UnsafePointer<UInt8>, _ here: inout Int, _ end: Int, _ lines: inout Int
    ) -> Quoted {
        let first = here + 1
        var traits = CSVField.Traits.quoted.rawValue
        here = first
        while here < end {
            let kind = classes[Int(base[here])]
            if kind == CSVCutter.quote {
                guard here + 1 < end, base[here + 1] == UInt8(ascii: "\"") else { break }
                traits |= CSVField.Traits.doubled.rawValue
                here += 1
            } else if kind == CSVCutter.lineFeed {
                lines += 1
                traits |= CSVField.Traits.special.rawValue
            } else if kind == CSVCutter.delimiter {
                traits |= delimiterTraits
            } else {
                traits |= kind
            }
            here += 1
        }
        guard here < end else { return .open }
        add(base, first, here, traits)
        here += 1
        if here < end, base[here] == UInt8(ascii: "\r"), here + 1 == end || base[here + 1] == UInt8(ascii: "\n") {
            here += 1
        }
        guard here < end else { return .closedAtEnd }
        return classes[Int(base[here])] & 3 != 0 ? .whole : .followed
    }

    /// Cuts a field without quotes up to the delimiter, the line feed or the end of what has come.
    @inline(__always)
    private mutating func cutPlain(_ base: UnsafePointer<UInt8>, _ here: inout Int, _ end: Int) {
        let first = here
        var traits: UInt8 = 0
        while here < end, case let kind = classes[Int(base[here])], kind & 3 == 0 {
            traits |= kind
            here += 1
        }
        let isLast = here == end || base[here] == UInt8(ascii: "\n")
        // The last field of a line may end in CR LF, whose CR is not its own.
        guard isLast, here > first, base[here - 1] == UInt8(ascii: "\r") else {
            return add(base, first, here, CSVCutter.plain(traits))
        }
        let rest = (first..<(here - 1)).reduce(0 as UInt8) { $0 | classes[Int(base[$1])] }
        add(base, first, here - 1, CSVCutter.plain(rest))
    }

    /// A quote within a field that began without one is a byte like others, which JSON escapes.
    @inline(__always)
    private static func plain(_ kinds: UInt8) -> UInt8 { kinds & ~quote | (kinds & quote) << 1 }

    @inline(__always)
    private mutating func add(_ base: UnsafePointer<UInt8>, _ first: Int, _ end: Int, _ traits: UInt8) {
        if count == capacity { grow() }
        (fields + count).initialize(
            to: CSVField(
                bytes: UnsafeRawBufferPointer(start: base + first, count: end - first),
                traits: CSVField.Traits(rawValue: traits)))
        count += 1
    }

    private mutating func grow() {
        let larger = UnsafeMutablePointer<CSVField>.allocate(capacity: capacity * 2)
        memcpy(larger, fields, count * MemoryLayout<CSVField>.stride)
        fields.deallocate()
        fields = larger
        capacity *= 2
    }
}
