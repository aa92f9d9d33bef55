import KappaCore
import KappaDirect
import KappaKafka
import KappaRecords
import KappaStreams

/// Reads a session's partitions over connections of its own, at a third of the cost that librdkafka's queues have for
/// each record. The consumer keeps the place in the group.
///
/// A broker that goes away is a `ConnectionFailure` that may pass. Whatever else is not plain reading ends the session
/// with one, and the worker's next ones let the consumer read, which knows of all else: other leaders, other places,
/// what to say of them.
final class DirectReading {
    /// Takes a reading that was found ahead; its record lies at the place in the block.
    typealias Take = (FoundReading, InputPartition, FetchedBlock, _ place: Int) throws -> Void

    private let log: LogReading
    private let partitions: [InputPartition]
    private var block: FetchedBlock?
    /// The next one of the block's findings.
    private var index = 0

    /// Nil where a partition has no leader just now.
    init?(_ partitions: [InputPartition], client: KafkaClient) throws(KafkaError) {
        let leaders = try client.leaders(of: Set(partitions.map(\.at.topic)))
        var sources: [LogReading.Source] = []
        for partition in partitions {
            guard let leader = leaders[partition.at] else { return nil }
            sources.append(
                LogReading.Source(
                    topic: partition.at.topic, partition: partition.at.partition, offset: partition.readOffset,
                    leader: leader))
        }
        self.partitions = partitions
        let forerunners = partitions.map { $0.forerunner }
        let signIn = try client.configuration.signIn()
        log = LogReading(
            sources, clientId: client.configuration.clientId, signIn: signIn
        ) { block throws(ConnectionFailure) in
            guard let forerunner = forerunners[block.source] else {
                block.findings = nil
                return
            }
            try DirectReading.look(ahead: block, forerunner)
        }
    }

    /// Becomes readable when something comes after `read` has given all there was.
    var news: Int32 { log.news }

    /// Gives what is there, so many records at most. Whether there was anything.
    func read(most: Int, readings take: Take, others body: (JobInput.Event) throws -> Void) throws -> Bool {
        var hasHeard = false
        var left = most
        while left > 0 {
            if let block {
                left -= try read(block, most: left, take, body)
                continue
            }
            guard let event = log.next(within: .zero) else { return hasHeard }
            hasHeard = true
            switch event {
            case .block(let next): block = next
            case .end(let source, let offset):
                partitions[source].readOffset = offset
                try body(.end(partitions[source], offset))
            case .trouble(let words): try body(.trouble(words))
            case .failed(let failure): throw failure
            }
        }
        return true
    }

    private static func look(ahead block: FetchedBlock, _ forerunner: ReadAhead) throws(ConnectionFailure) {
        let found = block.findings as? FoundReadings ?? FoundReadings()
        found.removeAll()
        while let (record, place) = try block.next() {
            forerunner.read(SourceRecord(record), at: place, into: found)
        }
        block.findings = found
    }

    /// Says how many of the block's records it gave; fewer than asked for when there are no more.
    private func read(
        _ block: FetchedBlock, most: Int, _ take: Take, _ body: (JobInput.Event) throws -> Void
    ) throws -> Int {
        let partition = partitions[block.source]
        var given = 0
        if let found = block.findings as? FoundReadings {
            let end = min(found.count, index + most)
            while index < end {
                partition.readOffset = found.offset(of: index) + 1
                let place = found.place(of: index)
                if let reading = found[index] {
                    try take(reading, partition, block, place)
                } else {
                    try body(.record(JobSource(try block.record(at: place)), partition))
                }
                index += 1
                given += 1
            }
        } else {
            while given < most, let (record, _) = try block.next() {
                partition.readOffset = record.offset + 1
                try body(.record(JobSource(record), partition))
                given += 1
            }
        }
        if given < most {
            log.giveBack(block)
            self.block = nil
            index = 0
        }
        return given
    }
}
