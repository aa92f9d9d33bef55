/// What is wrong with a command line or a setting: two lines, the second with the nearest right thing.
package struct UsageProblem: Error, Equatable {
    /// The words of the command that was reached: `["kappa", "topics"]`.
    package let path: [String]
    package let message: String
    package let hint: String?

    package init(path: [String], message: String, hint: String?) {
        self.path = path
        self.message = message
        self.hint = hint
    }

    /// Where to read on, when nothing nearer is known.
    package static func helpLine(_ path: [String]) -> String { "see '\(path.joined(separator: " ")) --help'" }
}
