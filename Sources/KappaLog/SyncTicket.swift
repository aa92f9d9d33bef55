/// One round of group commit: what must reach the disk so that everything below `target` is durable.
/// Made on the owner's thread, run on any other, and handed back to `PartitionLog.finishSync`.
package struct SyncTicket: Sendable {
    /// Offsets below this are durable once `run` has succeeded.
    package let target: Int64
    let files: [any StorageFile]
    /// A directory that gained a file since the last round.
    let directory: String?
    let checkpoint: Checkpoint.Writing?
    /// Where the target is noted once it is reached.
    let mark: SyncMark?
    let storage: any Storage

    /// Blocks until the disk has it all. A failure is final: the caller stops acknowledging and ends the process,
    /// for after a failed fsync the kernel may have dropped the very pages that it could not write.
    package func run() -> Result<Void, LogError> {
        do {
            for file in files { try file.sync() }
            if let directory { try storage.syncDirectory(directory) }
            // A mark that a full disk has no room for is no reason to stop: recovery then knows less.
            try? mark?.write(target)
            try checkpoint?.run(on: storage)
            return .success(())
        } catch {
            return .failure(error)
        }
    }
}
