import KappaCore
import KappaJobs
import KappaTerminal

/// Reads a whole archive and says what is wrong with it.
struct ArchiveVerification {
    private let context: CommandContext
    private let folder: ArchiveFolder

    init(_ context: CommandContext) {
        self.context = context
        folder = ArchiveFolder(path: context[ArchiveCommand.folder])
    }

    private struct Summary {
        var files: Int64 = 0
        var records: Int64 = 0
        var first: Int64?
        var next: Int64?
        var bytes: Int64 = 0
        var storedBytes: Int64 = 0
        var missing: Int64 = 0
    }

    func run() throws {
        let index = try folder.existingIndex()
        var faults = 0
        var summaries: [Summary] = []
        for partition in 0..<Int32(index.partitions) {
            var summary = Summary()
            for chunk in index.chunks(of: partition) {
                do {
                    try verify(chunk, &summary)
                } catch let fault as JobFailure {
                    faults += 1
                    context.messages.error("kappa: \(fault.message)")
                }
            }
            summaries.append(summary)
        }
        try show(summaries)
        guard faults == 0 else { throw CommandFailure("\(faults) of \(index.chunks.count) files are damaged") }
    }

    private func verify(_ chunk: ArchiveIndex.Chunk, _ summary: inout Summary) throws {
        if let next = summary.next {
            guard chunk.firstOffset >= next else {
                throw CommandFailure("\(folder.path)/\(chunk.file) begins before the file in front of it ends")
            }
            summary.missing += chunk.firstOffset - next
        }
        summary.first = summary.first ?? chunk.firstOffset
        summary.next = chunk.nextOffset
        try ChunkReader(folder: folder, chunk: chunk).forEachRecord { _, _ in }
        summary.files += 1
        summary.records += chunk.records
        summary.bytes += chunk.bytes
        summary.storedBytes += chunk.storedBytes
    }

    private func show(_ summaries: [Summary]) throws {
        let columns = [
            Column("partition", align: .right), Column("files", align: .right), Column("records", align: .right),
            Column("first_offset", align: .right), Column("next_offset", align: .right),
            Column("offsets_between_files", align: .right), Column("bytes", align: .right),
            Column("stored_bytes", align: .right),
        ]
        try context.output.rows("partitions", columns) { rows in
            for (partition, summary) in summaries.enumerated() {
                try rows.add([
                    .integer(partition), .integer(summary.files), .integer(summary.records),
                    summary.first.map { .integer($0) } ?? .absent, summary.next.map { .integer($0) } ?? .absent,
                    .integer(summary.missing), .bytes(ByteCount(bytes: Int(summary.bytes))),
                    .bytes(ByteCount(bytes: Int(summary.storedBytes))),
                ])
            }
        }
    }
}
