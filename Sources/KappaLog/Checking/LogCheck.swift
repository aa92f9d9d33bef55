/// Verifies logs that no process has open: every batch, every record's frame, every index entry, every offset. It only
/// reads, and says what it found in plain words.
package enum LogCheck {
    package struct Finding: Equatable, Sendable {
        package enum Weight: Sendable {
            /// Records are lost or wrong.
            case damage
            /// Worth knowing; the next start mends it by itself.
            case note
        }

        package var weight: Weight
        package var path: String
        package var words: String
    }

    package struct Report: Equatable, Sendable {
        package var partitions = 0
        package var segments = 0
        package var batches = 0
        package var records = 0
        package var bytes = 0
        package var findings: [Finding] = []

        package var isSound: Bool { !findings.contains { $0.weight == .damage } }

        package mutating func add(_ weight: Finding.Weight, _ path: String, _ words: String) {
            findings.append(Finding(weight: weight, path: path, words: words))
        }

        /// A sentence for each finding and one for the whole.
        package var lines: [String] {
            var lines = findings.map { "\($0.weight == .damage ? "damage" : "note"): \($0.path): \($0.words)" }
            let damages = findings.count { $0.weight == .damage }
            let verdict = damages == 0 ? "all sound" : damages == 1 ? "1 damage" : "\(damages) damages"
            lines.append(
                "\(partitions) partitions, \(segments) segments, \(batches) batches, \(records) records, "
                    + "\(bytes) bytes: \(verdict)")
            return lines
        }
    }

    /// Checks every log in a folder and in the folders below it.
    package static func check(
        dataDirectory: String, storage: any Storage = PosixStorage()
    ) throws(LogError) -> Report {
        var report = Report()
        try descend(dataDirectory, storage, depth: 3, &report)
        return report
    }

    private static func descend(
        _ directory: String, _ storage: any Storage, depth: Int, _ report: inout Report
    ) throws(LogError) {
        let names = try storage.list(directory)
        if names.contains(where: { Segment.baseOffset(ofFile: $0) != nil }) {
            try PartitionCheck(directory: directory, storage: storage, names: names).run(&report)
        }
        guard depth > 0 else { return }
        for name in names where storage.isDirectory("\(directory)/\(name)") {
            try descend("\(directory)/\(name)", storage, depth: depth - 1, &report)
        }
    }
}
