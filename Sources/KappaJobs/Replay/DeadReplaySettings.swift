package import KappaCore

/// What a run that sends dead letters back is told.
package struct DeadReplaySettings: Sendable {
    /// The topic of the dead letters.
    package var topic: String
    /// Only those with one of these reasons; all where it is empty.
    package var reasons: [String] = []
    /// Only those whose trouble is with one of these fields; all where it is empty.
    package var fields: [String] = []
    package var predicates: [FieldPredicate] = []
    /// What is set in each value before it is sent.
    package var edits: [FieldEdit] = []
    /// A shell command that the values go through, one on each line.
    package var filterCommand: String?
    /// The topic to send them to instead of where they came from.
    package var into: String?
    /// Those that were sent back before are sent once more.
    package var sendsAgain = false

    package init(topic: String) { self.topic = topic }
}
