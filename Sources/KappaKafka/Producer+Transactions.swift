import CRdKafka
import KappaCore

/// Transactions. After any error that is not `requiresAbort`, and after any time-out, drop the producer, make a new one
/// and read the committed offsets again: whether the transaction went through is not known before that.
extension Producer {
    /// Fences older producers of the same id and finishes what they left open.
    package func initTransactions(timeout: Duration) throws(KafkaError) {
        try client.check(
            taking: rd_kafka_init_transactions(client.handle, Int32(clamping: timeout.wholeMilliseconds)),
            "initialising transactions")
    }

    package func beginTransaction() throws(KafkaError) {
        try client.check(taking: rd_kafka_begin_transaction(client.handle), "beginning a transaction")
    }

    /// The consumed places become committed with the transaction, metadata and all.
    package func sendOffsets(
        _ offsets: [PartitionOffset], of group: borrowing GroupMetadata, timeout: Duration
    ) throws(KafkaError) {
        let list = PartitionList(offsets)
        try client.check(
            taking: rd_kafka_send_offsets_to_transaction(
                client.handle, list.pointer, group.pointer, Int32(clamping: timeout.wholeMilliseconds)),
            "sending offsets to the transaction")
    }

    package func commitTransaction(timeout: Duration) throws(KafkaError) {
        try client.check(
            taking: rd_kafka_commit_transaction(client.handle, Int32(clamping: timeout.wholeMilliseconds)),
            "committing the transaction")
    }

    package func abortTransaction(timeout: Duration) throws(KafkaError) {
        try client.check(
            taking: rd_kafka_abort_transaction(client.handle, Int32(clamping: timeout.wholeMilliseconds)),
            "aborting the transaction")
    }
}
