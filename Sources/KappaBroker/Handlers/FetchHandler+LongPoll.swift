import KappaCore
import KappaLog
import KappaWire

extension FetchHandler {
    /// One fetch and the partitions it waits for.
    ///
    /// A partition that grows adds to a sum, and only when that may be enough is anything read again; however many of
    /// the partitions grow in one turn of the loop, it is read and answered once in it.
    final class LongPoll {
        let request: FetchRequest
        let call: Call<FetchResponse>
        let core: BrokerCore
        private var watched: [Watched] = []
        private var timer: Timers.Key?
        /// Topics that the client may not read.
        private var denied: Set<String> = []
        /// What could be read when it was last tried.
        private var readable = 0
        /// What has been appended since.
        private var grown = 0
        private var isDue = false

        private struct Watched {
            var partition: Partition
            var key: UInt64
            var from: Int64
            /// Of the bytes appended, those that are in the sum; never more than could be read.
            var counted: Int
            /// Where the partition could be read up to when the wait began.
            var firstLimit: Int64
        }

        init(_ request: FetchRequest, _ call: Call<FetchResponse>, _ core: BrokerCore) {
            self.request = request
            self.call = call
            self.core = core
        }

        /// Finds out what the client may not read; an id that no topic has is told from that, for ids are no secret.
        func deny() {
            guard core.access != nil else { return }
            for topic in request.topics where !topic.topic.hasPrefix(FetchRequest.unknown) {
                if !call.may(.read, .topic(topic.topic), core) { denied.insert(topic.topic) }
            }
        }

        func wait() {
            guard !call.session.isOver else { return }
            for topic in request.topics where !denied.contains(topic.topic) {
                for part in topic.partitions {
                    guard let partition = core.topics.partition(topic.topic, part.partition) else { continue }
                    let number = watched.count
                    watched.append(
                        Watched(
                            partition: partition, key: partition.addReader { [self] in woken(number) },
                            from: part.fetchOffset, counted: partition.shownBytes,
                            firstLimit: limit(of: partition)))
                }
            }
            timer = core.after(Int64(request.maxWaitMs)) { [self] _ in _ = tryToAnswer(isLast: true) }
            call.session.onEnd = [{ [weak self] in self?.stop() }]
        }

        private func stop() {
            for one in watched { one.partition.removeReader(one.key) }
            watched = []
            if let timer { core.timers.cancel(timer) }
            timer = nil
        }

        private func limit(of partition: Partition) -> Int64 {
            request.isolationLevel == 1 ? partition.lastStableOffset : partition.highWatermark
        }

        private func woken(_ number: Int) {
            guard !isDue, number < watched.count else { return }
            let one = watched[number]
            grown += one.partition.log.appendedBytes - one.counted
            watched[number].counted = one.partition.shownBytes
            let mustTell =
                one.partition.isDeleted || one.from < one.partition.log.startOffset
                || (request.isolationLevel == 1 && limit(of: one.partition) != one.firstLimit)
            guard mustTell || readable + grown >= Int(request.minBytes) else { return }
            isDue = true
            core.atEndOfTurn { [self] in
                core.whenReadingMayGoOn { [self] in
                    isDue = false
                    _ = tryToAnswer(isLast: false)
                }
            }
        }

        /// Answers if there is enough to say, or anyway when it is the last time.
        func tryToAnswer(isLast: Bool) -> Bool {
            guard call.isOpen, !call.session.isOver else { return true }
            var reading = Reading(call: call, core: core, isCommittedOnly: request.isolationLevel == 1, denied: denied)
            reading.budget = max(0, min(Int(request.maxBytes), FetchHandler.largestAnswer, core.roomForAnswer()))
            var response = FetchResponse()
            response.responses = request.topics.map { reading.read($0) }
            core.readInTurn += reading.bytes
            let stableMoved =
                request.isolationLevel == 1 && watched.contains { limit(of: $0.partition) != $0.firstLimit }
            guard isLast || stableMoved || reading.sawError || reading.bytes >= Int(request.minBytes) else {
                call.attachments.removeAll()
                (readable, grown) = (reading.bytes, 0)
                return false
            }
            core.counters.bytesFetched += UInt64(reading.bytes)
            stop()
            call.session.onEnd = []
            call.answer(response)
            return true
        }
    }
}
