import KappaLog

/// A setting under Kafka's name: what it takes, what it is when nobody says anything, and what it does to a log.
struct SettingDefinition: Sendable {
    /// What a setting holds, by the numbers of DescribeConfigs.
    enum Kind: Int8 {
        case boolean = 1
        case string = 2
        case int = 3
        case long = 5
        case double = 6
        case list = 7
    }

    var name: String
    /// The name under which the broker's own settings have its default.
    var brokerName: String
    var kind: Kind
    var initial: String
    var documentation: String
    var accepts: @Sendable (String) -> Bool
    var apply: @Sendable (String, inout LogConfiguration) -> Void = { _, _ in }

    /// A whole number between two bounds; the upper one is that of its kind where none is given.
    static func number(
        _ name: String, as brokerName: String, _ initial: Int64, within range: ClosedRange<Int64>? = nil,
        from least: Int64 = 0, kind: Kind = .long, _ documentation: String,
        _ apply: @escaping @Sendable (Int64, inout LogConfiguration) -> Void = { _, _ in }
    ) -> SettingDefinition {
        let range = range ?? least...(kind == .int ? Int64(Int32.max) : .max)
        return SettingDefinition(
            name: name, brokerName: brokerName, kind: kind, initial: String(initial), documentation: documentation,
            accepts: { Int64($0).map { range.contains($0) } ?? false },
            apply: { value, log in if let number = Int64(value) { apply(number, &log) } })
    }

    /// One of some words.
    static func word(
        _ name: String, as brokerName: String, _ initial: String, of words: [String], kind: Kind = .string,
        _ documentation: String, _ apply: @escaping @Sendable (String, inout LogConfiguration) -> Void = { _, _ in }
    ) -> SettingDefinition {
        SettingDefinition(
            name: name, brokerName: brokerName, kind: kind, initial: initial, documentation: documentation,
            accepts: { words.contains($0) }, apply: apply)
    }

    static func flag(
        _ name: String, as brokerName: String, _ initial: Bool, _ documentation: String
    ) -> SettingDefinition {
        word(name, as: brokerName, String(initial), of: ["true", "false"], kind: .boolean, documentation)
    }
}
