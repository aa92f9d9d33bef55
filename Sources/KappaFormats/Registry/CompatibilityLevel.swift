/// How much a new version of a schema may differ from those before it.
package enum CompatibilityLevel: String, CaseIterable, Sendable {
    case none = "NONE"
    case backward = "BACKWARD"
    case backwardTransitive = "BACKWARD_TRANSITIVE"
    case forward = "FORWARD"
    case forwardTransitive = "FORWARD_TRANSITIVE"
    case full = "FULL"
    case fullTransitive = "FULL_TRANSITIVE"

    /// Whether all versions are looked at, not the last one alone.
    var isTransitive: Bool { self == .backwardTransitive || self == .forwardTransitive || self == .fullTransitive }

    /// Whether the new schema must read what was written before.
    private var readsOld: Bool { [.backward, .backwardTransitive, .full, .fullTransitive].contains(self) }

    /// Whether readers of before must read what the new schema writes.
    private var isReadByOld: Bool { [.forward, .forwardTransitive, .full, .fullTransitive].contains(self) }

    /// What stands against a new schema; `versions` are the earlier ones, the oldest first.
    package func problems(_ new: AvroSchema, versions: [(number: Int, schema: AvroSchema)]) -> [String] {
        var problems: [String] = []
        for (number, old) in isTransitive ? versions : versions.suffix(1) {
            if readsOld {
                problems += AvroCompatibility.problems(reader: new, writer: old)
                    .map { "what version \(number) wrote cannot be read: \($0)" }
            }
            if isReadByOld {
                problems += AvroCompatibility.problems(reader: old, writer: new)
                    .map { "version \(number) cannot read what this one writes: \($0)" }
            }
        }
        return problems
    }
}
