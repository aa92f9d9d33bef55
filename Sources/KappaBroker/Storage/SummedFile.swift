import KappaCore

/// A small text file whose last line is a checksum over all before it: `sum 1a2b…`. What a disk has turned in it is
/// found out before it is believed.
///
/// In a folder whose catalogue says so, each of them is there, and has its sum; folders of the first version had some
/// of them, and without. Whoever changes one by hand makes its last line `sum -`.
struct SummedFile {
    let path: String
    private let directory: String
    /// What is lost with it, for words.
    private let holds: String

    static let all: [(name: String, holds: String)] = [
        (ProducerIds.fileName, "how far producer ids have been given out"),
        (BrokerSettings.fileName, "the broker's settings"), (AccessControl.fileName, "the rules of access"),
        (Accounts.fileName, "what users sign in with"),
    ]

    init(_ name: String, in directory: String) {
        path = "\(directory)/\(name)"
        self.directory = directory
        holds = SummedFile.all.first { $0.name == name }?.holds ?? ""
    }

    /// Nil where there is none, in a folder that may be without it.
    func read() throws(BrokerError) -> String? {
        let isRequired = try TopicCatalogue.isSummed(in: directory)
        guard let text = try SmallFile.read(path) else {
            guard !isRequired else {
                throw BrokerError(
                    "\(path) is missing; it held \(holds)",
                    hint: "If it is lost for good, put a file with the one line 'sum -' in its place.")
            }
            return nil
        }
        return try SummedFile.body(of: text, path, isRequired: isRequired)
    }

    func write(_ text: String) throws(BrokerError) { try SmallFile.write(SummedFile.seal(text), to: path) }

    /// The text without its sum, which must fit.
    static func body(of text: String, _ path: String, isRequired: Bool) throws(BrokerError) -> String {
        let hint = "If it was changed by hand, make its last line 'sum -'; if not, take it from a backup."
        guard let (body, sum) = parts(text) else {
            guard !isRequired else { throw BrokerError("\(path) has no checksum as its last line", hint: hint) }
            return text
        }
        guard sum == byHand || sum == SummedFile.sum(of: body) else {
            throw BrokerError("\(path) does not fit its checksum: it was damaged or changed", hint: hint)
        }
        return body
    }

    /// Whether somebody has vouched for the text.
    static func isByHand(_ path: String) throws(BrokerError) -> Bool {
        guard let text = try SmallFile.read(path) else { return false }
        return parts(text)?.sum == byHand
    }

    static func seal(_ text: String) -> String { "\(text)sum \(sum(of: text[...]))\n" }

    private static let byHand = "-"

    private static func parts(_ text: String) -> (body: String, sum: String)? {
        let lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        // A text whose last line has no end is cut.
        guard lines.count >= 2, lines[lines.count - 1].isEmpty, lines[lines.count - 2].hasPrefix("sum ") else {
            return nil
        }
        let last = lines[lines.count - 2]
        return (String(text[..<last.startIndex]), String(last.dropFirst(4)))
    }

    private static func sum(of text: some StringProtocol) -> String {
        String(SHA256.hex(Array(text.utf8)).prefix(16))
    }
}
