package import KappaRecords

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
        /// Of the last partition that was looked at: where its log begins and ends.
        package var startOffset: Int64 = 0
        package var endOffset: Int64 = 0
        /// The greatest id that a producer has in the log.
        package var greatestProducerId: Int64 = -1
        package var findings: [Finding] = []

        package var damages: Int { findings.count { $0.weight == .damage } }
        package var isSound: Bool { damages == 0 }

        package mutating func add(_ weight: Finding.Weight, _ path: String, _ words: String) {
            findings.append(Finding(weight: weight, path: path, words: words))
        }

        /// A sentence for each finding and one for the whole.
        package var lines: [String] {
            var lines = findings.map { "\($0.weight == .damage ? "damage" : "note"): \($0.path): \($0.words)" }
            let verdict = damages == 0 ? "all sound" : damages == 1 ? "1 damage" : "\(damages) damages"
            lines.append(
                "\(partitions) partitions, \(segments) segments, \(batches) batches, \(records) records, "
                    + "\(bytes) bytes: \(verdict)")
            return lines
        }
    }

    /// What is wrong with a record, for whoever knows what records of this log must hold; nil where nothing is.
    package typealias Inspection = (Record) -> String?

    /// Checks every log in a folder and in the folders below it.
    package static func check(
        dataDirectory: String, storage: any Storage = PosixStorage(), inspecting inspect: Inspection? = nil
    ) throws(LogError) -> Report {
        var report = Report()
        try descend(dataDirectory, storage, depth: 3, inspect, &report)
        return report
    }

    private static func descend(
        _ directory: String, _ storage: any Storage, depth: Int, _ inspect: Inspection?, _ report: inout Report
    ) throws(LogError) {
        let names = try storage.list(directory)
        let marks = [Checkpoint.fileName, SyncMark.fileName]
        if names.contains(where: { Segment.baseOffset(ofFile: $0) != nil || marks.contains($0) }) {
            try PartitionCheck(directory: directory, storage: storage, names: names, inspect: inspect).run(&report)
        }
        guard depth > 0 else { return }
        for name in names where storage.isDirectory("\(directory)/\(name)") {
            try descend("\(directory)/\(name)", storage, depth: depth - 1, inspect, &report)
        }
    }
}
