package import KappaCore

/// Reads a whole archive and says what is wrong with it.
package struct ArchiveVerification {
    private let voice: Voice
    private let folder: ArchiveFolder

    package init(_ folder: ArchiveFolder, voice: Voice) {
        self.folder = folder
        self.voice = voice
    }

    /// What was found of a partition.
    package struct Summary {
        package var files: Int64 = 0
        package var records: Int64 = 0
        package var first: Int64?
        package var next: Int64?
        package var bytes: Int64 = 0
        package var storedBytes: Int64 = 0
        package var missing: Int64 = 0
    }

    package struct Findings {
        /// By partition.
        package var summaries: [Summary] = []
        package var faults = 0
        package var files: Int
    }

    /// Says each fault when it is found, and goes on.
    package func run() throws -> Findings {
        let index = try folder.existingIndex()
        var findings = Findings(files: index.chunks.count)
        var progress = Progress("verifying", total: index.records, voice: voice)
        defer { progress.end() }
        var met: Int64 = 0
        for partition in 0..<Int32(index.partitions) {
            var summary = Summary()
            for chunk in index.chunks(of: partition) {
                do {
                    try verify(chunk, &summary) {
                        met += 1
                        progress.update(met)
                    }
                } catch let fault as JobFailure {
                    findings.faults += 1
                    voice.error("kappa: \(fault.message)")
                }
            }
            findings.summaries.append(summary)
        }
        return findings
    }

    private func verify(_ chunk: ArchiveIndex.Chunk, _ summary: inout Summary, each: () -> Void) throws {
        if let next = summary.next {
            guard chunk.firstOffset >= next else {
                throw JobFailure("\(folder.path)/\(chunk.file) begins before the file in front of it ends")
            }
            summary.missing += chunk.firstOffset - next
        }
        summary.first = summary.first ?? chunk.firstOffset
        summary.next = chunk.nextOffset
        try ChunkReader(folder: folder, chunk: chunk).forEachRecord { _, _ in each() }
        summary.files += 1
        summary.records += chunk.records
        summary.bytes += chunk.bytes
        summary.storedBytes += chunk.storedBytes
    }
}
