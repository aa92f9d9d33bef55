import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// Reads batches, or waits until there are enough.
enum FetchHandler: Handler {
    typealias Request = FetchRequest

    /// A client may ask for any amount; this much is held in memory for it at once.
    static let largestAnswer = 16 << 20

    static func handle(
        _ request: FetchRequest, _ call: Call<FetchResponse>, _ core: BrokerCore
    ) -> Outcome<FetchResponse> {
        // No sessions are kept (KIP-227 leaves that to the broker). A fetch that begins or ends one (epoch 0 or -1)
        // names all its partitions, whatever session it speaks of; one that goes on with one cannot be known.
        guard request.sessionEpoch == 0 || request.sessionEpoch == -1 else {
            return .answer(FetchResponse { $0.errorCode = .fetchSessionIdNotFound })
        }
        let poll = LongPoll(request.withNames(call.version, core).namingEachOnce(), call, core)
        poll.deny()
        core.whenReadingMayGoOn {
            if poll.tryToAnswer(isLast: request.maxWaitMs <= 0 || request.topics.isEmpty) { return }
            poll.wait()
        }
        return .wait
    }

    /// One pass over the partitions, in the order of the request.
    struct Reading {
        let call: Call<FetchResponse>
        let core: BrokerCore
        let isCommittedOnly: Bool
        var budget = 0
        var bytes = 0
        var sawError = false
        let denied: Set<String>

        init(call: Call<FetchResponse>, core: BrokerCore, isCommittedOnly: Bool, denied: Set<String>) {
            self.denied = denied
            self.call = call
            self.core = core
            self.isCommittedOnly = isCommittedOnly
        }

        mutating func read(_ topic: FetchRequest.Topic) -> FetchResponse.Topic {
            var answer = FetchResponse.Topic()
            answer.topic = topic.topic
            answer.topicId = topic.topicId
            answer.partitions = topic.partitions.map { part in
                var result = FetchResponse.Partition()
                result.partitionIndex = part.partition
                if let error = fill(&result, part, topic.topic) {
                    result.errorCode = error
                    sawError = true
                }
                return result
            }
            return answer
        }

        private mutating func fill(
            _ result: inout FetchResponse.Partition, _ part: FetchRequest.Partition, _ topic: String
        ) -> ErrorCode? {
            result.highWatermark = -1
            guard !denied.contains(topic) else { return .topicAuthorizationFailed }
            guard let partition = core.topics.partition(topic, part.partition) else {
                return call.version >= 13 && topic.hasPrefix(FetchRequest.unknown)
                    ? .unknownTopicId : .unknownTopicOrPartition
            }
            if part.currentLeaderEpoch > 0 { return .unknownLeaderEpoch }
            let (start, end, stable) = (
                partition.log.startOffset, partition.highWatermark, partition.lastStableOffset
            )
            result.highWatermark = end
            result.lastStableOffset = stable
            result.logStartOffset = start
            guard part.fetchOffset >= start, part.fetchOffset <= end else { return .offsetOutOfRange }
            let limit = isCommittedOnly ? stable : end
            if isCommittedOnly { result.abortedTransactions = [] }
            guard part.fetchOffset < limit, budget > 0 || bytes == 0 else { return nil }
            return read(partition, part, upTo: limit, into: &result)
        }

        private mutating func read(
            _ partition: Partition, _ part: FetchRequest.Partition, upTo limit: Int64,
            into result: inout FetchResponse.Partition
        ) -> ErrorCode? {
            let wanted = max(0, min(Int(part.partitionMaxBytes), budget))
            var memory: MemoryBlock?
            let count: Int
            do {
                // The first batch of an answer may be greater than was asked for, so that every reader gets on; those of
                // later partitions may not.
                count = try partition.log.read(
                    from: part.fetchOffset, upTo: limit, maxBytes: wanted, atLeastOneBatch: bytes == 0
                ) { size in
                    let block = MemoryBlock(count: size)
                    memory = block
                    return block.bytes
                }
            } catch {
                core.configuration.log(error.description)
                return error.code == .offsetOutOfRange ? .offsetOutOfRange : .corruptMessage
            }
            guard count > 0, let memory else { return nil }
            let read = UnsafeRawBufferPointer(rebasing: memory.bytes[..<count])
            if isCommittedOnly { result.abortedTransactions = aborted(in: read, of: partition, from: part.fetchOffset) }
            result.records = .elsewhere(reference: call.attachments.count, count: count)
            call.attachments.append(.memory(memory, count: count))
            bytes += count
            budget -= count
            return nil
        }

        /// The aborted transactions with records in what was read.
        private func aborted(
            in read: UnsafeRawBufferPointer, of partition: Partition, from offset: Int64
        ) -> [FetchResponse.AbortedTransaction] {
            var next = offset
            var rest = read
            while let batch = RecordBatch(startOf: rest) {
                next = max(next, batch.nextOffset)
                rest = UnsafeRawBufferPointer(rebasing: rest[batch.size...])
            }
            return partition.log.abortedTransactions(overlapping: offset..<max(next, offset)).map { transaction in
                .init {
                    $0.producerId = transaction.producerId
                    $0.firstOffset = transaction.firstOffset
                }
            }
        }
    }
}

extension BrokerCore {
    /// Many large fetches at once are read some in each turn, in the order of their coming: whoever asks for little in
    /// between is answered in between.
    func whenReadingMayGoOn(_ action: @escaping () -> Void) {
        guard postponed.isEmpty, readInTurn < readableBytesOfATurn else {
            if postponed.isEmpty { after(0) { _ in } }
            postponed.append(action)
            return
        }
        action()
    }

    /// At the end of a turn, and so in the next.
    func readOn() {
        readInTurn = 0
        guard !postponed.isEmpty else { return }
        var done = 0
        while done < postponed.count, readInTurn < readableBytesOfATurn {
            postponed[done]()
            done += 1
        }
        postponed.removeFirst(done)
        // There is to be a next turn, also where no bytes come.
        if !postponed.isEmpty { after(0) { _ in } }
    }
}

extension FetchRequest {
    /// Begins what stands for an id that no topic has; no name begins so.
    static let unknown = "?"

    /// From version 13 on topics go by their ids.
    fileprivate func withNames(_ version: Int16, _ core: BrokerCore) -> FetchRequest {
        guard version >= 13 else { return self }
        var request = self
        for index in topics.indices {
            let id = topics[index].topicId
            request.topics[index].topic = core.topics.topic(id)?.name ?? FetchRequest.unknown + id.hexadecimal
        }
        return request
    }

    /// The request with each partition named once, where it was first: as in Kafka, which keeps them in a map, the last
    /// word on it counts. Reading and answering one partition many times would be work that nobody asked for.
    fileprivate func namingEachOnce() -> FetchRequest {
        struct Place: Hashable {
            var topic: String
            var index: Int32
        }
        guard topics.count > 1 || (topics.first?.partitions.count ?? 0) > 1 else { return self }
        var last: [Place: FetchRequest.Partition] = [:]
        var count = 0
        for topic in topics {
            for part in topic.partitions { last[Place(topic: topic.topic, index: part.partition)] = part }
            count += topic.partitions.count
        }
        guard last.count < count else { return self }
        var request = self
        request.topics = topics.map { topic in
            var topic = topic
            topic.partitions = topic.partitions.compactMap { part in
                last.removeValue(forKey: Place(topic: topic.topic, index: part.partition))
            }
            return topic
        }
        return request
    }
}
