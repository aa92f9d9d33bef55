@testable import KappaArguments

/// A small program to parse for.
enum Sample {
    enum Level: String, CaseIterable, Sendable { case low, middle, high }

    static let earliest = Flag("earliest", short: "e", help: "From the start.")
    static let quit = Flag("quit", short: "q", help: "Stop at the end.")
    static let verify = Flag("verify", default: true, help: "Look twice.")
    static let window = Option<Int>(
        "window", short: "w", aliases: ["span"], type: .integer(1...100), default: "10", help: "Size.")
    static let level = Option<Level?>("level", type: .choice("LEVEL"), help: "How much.")
    static let from = Option<String?>("from", type: .string("TIME"), settable: false, help: "Since when.")
    static let chart = Option<String?>(
        "chart", placeholder: "[FILE]", type: .string(), bare: "here", settable: false, hidden: true,
        help: "A picture.")
    static let tags = Option<[String]>("tag", short: "t", type: .string("TAG"), help: "A mark.")
    static let target = Option<String>("target", type: .string("NAME"), help: "Where to.")
    static let names = Argument<[String]>("NAME", type: .string(), required: true, help: "Names.")
    static let first = Argument<String>("FIRST", type: .string(), help: "One.")
    static let second = Argument<String?>("SECOND", type: .string(), help: "Another.")
    static let verbose = Flag("verbose", short: "v", help: "More words.")

    static let read = Command(
        "read", aliases: ["r"], abstract: "Read",
        parameters: [earliest, quit, verify, window, level, from, chart, tags, first, second],
        action: { _ in })
    static let write = Command("write", abstract: "Write", parameters: [target, names], action: { _ in })
    static let create = Command("create", abstract: "Create", parameters: [names], action: { _ in })
    static let delete = Command("delete", abstract: "Delete", parameters: [names], action: { _ in })
    static let topics = Command("topics", abstract: "Topics", subcommands: [create, delete], action: nil)
    static let root = Command(
        "sample", abstract: "A program", parameters: [verbose], subcommands: [read, write, topics], action: nil)

    static func parse(_ words: String...) throws(UsageProblem) -> Parser.Invocation {
        try Parser.parse(words, root: root)
    }

    static func values(_ words: String..., sources: [ValueSource] = []) throws(UsageProblem) -> Values {
        try Values(try Parser.parse(words, root: root), sources: sources)
    }

    static func problem(_ words: String...) -> UsageProblem? {
        do throws(UsageProblem) {
            _ = try Values(try Parser.parse(words, root: root), sources: [])
            return nil
        } catch {
            return error
        }
    }
}
