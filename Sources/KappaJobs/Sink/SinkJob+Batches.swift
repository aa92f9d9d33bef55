import KappaCore
import KappaKafka
import KappaStores

/// How a sink's batches reach the store: one is written while the next is read, and its outcome is always known.
extension SinkJob {
    /// Puts what is in hand into the store, and knows the outcome.
    func flush() throws {
        try send()
        try settle()
    }

    /// Begins to write the batch in hand, after the one before it. What is not proven yet is not written, and
    /// read again by whoever comes next.
    func send() throws {
        try settle()
        guard isProven else { return }
        let moved = partitions.filter(\.hasAdvanced)
        guard !moved.isEmpty else { return discard() }
        let advances = moved.map {
            SinkAdvance(source: $0.source, from: $0.stored, to: $0.next, witness: batch.witness(of: $0.source))
        }
        while let name = batch.takeUnknownField() { lacksColumn(name) }
        underWay = BatchWrite(batch, to: target, advancing: advances, by: writer)
        for index in partitions.indices { partitions[index].stored = partitions[index].next }
        (batch, spare) = (spare, batch)
        discard()
    }

    /// Waits for the outcome of the batch that is under way.
    func settle() throws {
        guard let write = underWay else { return }
        underWay = nil
        defer { spare.removeAll() }
        switch try write.finish() {
        case .stored(let rows, let refused):
            tally.rows += Int64(rows)
            tally.refused += Int64(refused)
            tally.batches += 1
            if !settings.readsAllPartitions {
                reader?.consumer.commitSoon(
                    write.advances.map { PartitionOffset(TopicPartition($0.source.topic, $0.source.partition), $0.to) })
            }
        case .fenced:
            tally.fenced += 1
            voice.detail("another sink has moved on; reading its positions")
            discard()
            mustGoBack = true
        }
    }

    /// Another sink wrote meanwhile, or what was in hand could not be stored: what the store says now is where to go
    /// on. What comes before that is not taken, for it would be stored without what lies between.
    func goBack(_ reader: GroupReader) throws {
        discard()
        let target = target
        let positions = try writer.run { (store) throws(StoreError) in try store.positions(of: target) }
        // One that is not proven yet has given nothing so far.
        for index in partitions.indices where partitions[index].awaited == nil {
            guard let position = positions.first(where: { $0.source == partitions[index].source }) else { continue }
            partitions[index].stored = position.nextOffset
            partitions[index].next = position.nextOffset
            partitions[index].isAtEnd = false
        }
        try reader.move(to: partitions.filter { $0.awaited == nil }.map { PartitionOffset($0.at, $0.next) })
        mustGoBack = false
    }
}
