import KappaCore
import KappaLog
import KappaRecords
import KappaWire

/// Reads batches, or waits until there are enough.
enum FetchHandler: Handler {
    typealias Request = FetchRequest

    /// A client may ask for any amount; this much is held in memory for it at once.
    private static let largestAnswer = 16 << 20

    static func handle(
        _ request: FetchRequest, _ call: Call<FetchResponse>, _ core: BrokerCore
    ) -> Outcome<FetchResponse> {
        guard request.sessionId == 0 else {
            // No sessions are kept (KIP-227 leaves that to the broker), so none can be known.
            return .answer(FetchResponse { $0.errorCode = .fetchSessionIdNotFound })
        }
        let poll = LongPoll(request, call, core)
        if poll.tryToAnswer(isLast: request.maxWaitMs <= 0 || request.topics.isEmpty) { return .wait }
        poll.wait()
        return .wait
    }

    /// One fetch and the partitions it waits for.
    final class LongPoll {
        let request: FetchRequest
        let call: Call<FetchResponse>
        let core: BrokerCore
        private var watched: [(partition: Partition, key: UInt64)] = []
        private var timer: Timers.Key?
        /// Where each partition could be read up to when the wait began.
        private var firstLimits: [Int64] = []

        init(_ request: FetchRequest, _ call: Call<FetchResponse>, _ core: BrokerCore) {
            self.request = request
            self.call = call
            self.core = core
        }

        func wait() {
            for topic in request.topics {
                for part in topic.partitions {
                    guard let partition = core.topics.partition(topic.topic, part.partition) else { continue }
                    firstLimits.append(limit(of: partition))
                    watched.append((partition, partition.addReader { [self] in _ = tryToAnswer(isLast: false) }))
                }
            }
            timer = core.after(Int64(request.maxWaitMs)) { [self] _ in _ = tryToAnswer(isLast: true) }
            call.session.onEnd = [{ [weak self] in self?.stop() }]
        }

        private func stop() {
            for (partition, key) in watched { partition.removeReader(key) }
            watched = []
            if let timer { core.timers.cancel(timer) }
            timer = nil
        }

        private func limit(of partition: Partition) -> Int64 {
            request.isolationLevel == 1 ? partition.lastStableOffset : partition.highWatermark
        }

        /// Answers if there is enough to say, or anyway when it is the last time.
        func tryToAnswer(isLast: Bool) -> Bool {
            guard call.isOpen else { return true }
            var reading = Reading(call: call, core: core, isCommittedOnly: request.isolationLevel == 1)
            reading.budget = max(0, min(Int(request.maxBytes), FetchHandler.largestAnswer))
            var response = FetchResponse()
            response.responses = request.topics.map { reading.read($0) }
            let stableMoved =
                request.isolationLevel == 1 && !watched.isEmpty
                && zip(watched, firstLimits).contains { limit(of: $0.partition) != $1 }
            guard isLast || stableMoved || reading.sawError || reading.bytes >= Int(request.minBytes) else {
                call.attachments.removeAll()
                return false
            }
            core.counters.bytesFetched += UInt64(reading.bytes)
            stop()
            call.session.onEnd = []
            call.answer(response)
            return true
        }
    }

    /// One pass over the partitions, in the order of the request.
    private struct Reading {
        let call: Call<FetchResponse>
        let core: BrokerCore
        let isCommittedOnly: Bool
        var budget = 0
        var bytes = 0
        var sawError = false

        init(call: Call<FetchResponse>, core: BrokerCore, isCommittedOnly: Bool) {
            self.call = call
            self.core = core
            self.isCommittedOnly = isCommittedOnly
        }

        mutating func read(_ topic: FetchRequest.Topic) -> FetchResponse.Topic {
            var answer = FetchResponse.Topic()
            answer.topic = topic.topic
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
            guard let partition = core.topics.partition(topic, part.partition) else { return .unknownTopicOrPartition }
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
                count = try partition.log.read(from: part.fetchOffset, upTo: limit, maxBytes: wanted) { size in
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
