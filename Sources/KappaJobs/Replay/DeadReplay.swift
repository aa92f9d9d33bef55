package import KappaCore
package import KappaKafka

/// One run that sends dead letters back.
package final class DeadReplay {
    package struct Tally {
        package var sent: Int64 = 0
        package var sentBefore: Int64 = 0
        package var passedOver: Int64 = 0
        /// Meant, but without a source, or not to be mended as told.
        package var unsent: Int64 = 0
    }

    private let settings: DeadReplaySettings
    private let voice: Voice
    private let stop: StopSignal
    private let kafka: KafkaConfiguration
    private let client: KafkaClient
    private var splice = JSONSplice()
    private var topics: [String: ProducerTopic] = [:]
    package private(set) var tally = Tally()
    private var sentByEarlierAttempts: Int64 = 0

    /// Few enough for a line filter to answer soon, and for the ledger's entry to stay a small record.
    private static let batchSize = 1000

    package init(
        _ settings: DeadReplaySettings, kafka: KafkaConfiguration, voice: Voice, stop: StopSignal
    ) throws {
        self.settings = settings
        self.kafka = kafka
        self.voice = voice
        self.stop = stop
        client = try KafkaClient(kafka)
    }

    private var topic: String { settings.topic }

    package func run() throws {
        try RetryFromCommit.run(voice: voice, stop: stop) { try attempt() }
    }

    private func attempt() throws {
        _ = try client.partitions(of: topic)
        let ledgerTopic = DeadLedger.topic(of: topic)
        _ = try ReplayTarget.prepare(ledgerTopic, partitions: 1, settings: [], creates: true, client: client)
        let name = "kappa.replay.dead.\(topic)"
        let consumer = try Consumer(kafka, group: name)
        let writer = try TransactionalWriter(kafka, name: name, consumer: consumer)
        topics.removeAll()
        // Read after the transactions are initialised: what a killed run left open is decided by then.
        let ledger = try DeadLedger.read(of: topic, kafka, client)
        try sendAll(ledger, writer)
    }

    private func sendAll(_ ledger: DeadLedger, _ writer: TransactionalWriter) throws {
        sentByEarlierAttempts = tally.sent
        tally = Tally(sent: sentByEarlierAttempts)
        var selection = DeadSelection(settings)
        var batch: [DeadLetter] = []
        let sendsAgain = settings.sendsAgain
        var progress = try TopicProgress("reading", topic, client, voice: voice)
        defer { progress.end() }
        try TopicReading.all(of: topic, kafka, client) { message in
            progress.read(message)
            guard !stop.isRequested else { return }
            let letter = DeadLetter(message, at: TopicPartition(topic, message.partition))
            guard selection.accepts(letter) else { return tally.passedOver += 1 }
            guard sendsAgain || !ledger.holds(letter) else { return tally.sentBefore += 1 }
            batch.append(letter)
            if batch.count >= DeadReplay.batchSize {
                try send(batch, writer)
                batch.removeAll()
            }
        }
        if !stop.isRequested { try send(batch, writer) }
        tally.sentBefore -= sentByEarlierAttempts
    }

    // MARK: One batch

    private func send(_ letters: [DeadLetter], _ writer: TransactionalWriter) throws {
        let ready = try mended(letters.compactMap(addressed))
        tally.unsent += Int64(letters.count - ready.count)
        guard !ready.isEmpty else { return }
        for letter in ready { try send(letter, writer) }
        let entry = DeadLedger.entry(ready.map(\.letter))
        let ledgerTopic = try topicHandle(DeadLedger.topic(of: topic), writer)
        try entry.withUnsafeBytes { value in
            try writer.send { producer throws(KafkaError) in
                try producer.produce(to: ledgerTopic, partition: 0, key: nil, value: value)
            }
        }
        try writer.commit([])
        tally.sent += Int64(ready.count)
    }

    private func addressed(_ letter: DeadLetter) -> DeadLetter? {
        var letter = letter
        if let into = settings.into { letter.sourceTopic = into }
        if letter.sourceTopic == nil { complain(letter, "it does not say which topic it came from; see --into") }
        return letter.sourceTopic == nil ? nil : letter
    }

    private func complain(_ letter: DeadLetter, _ why: String) {
        voice.warning("\(letter.at) offset \(letter.offset) stays: \(why)")
    }

    /// The letters with the values that they are sent with; those that cannot be mended are left out.
    private func mended(_ letters: [DeadLetter]) throws -> [(letter: DeadLetter, value: [UInt8]?)] {
        let edited = letters.compactMap(edited)
        guard let command = settings.filterCommand, !edited.isEmpty else { return edited }
        let lines = edited.filter { item in
            guard let value = item.value, !value.contains(UInt8(ascii: "\n")) else {
                complain(item.letter, "its value is not one line, so it cannot go through a command")
                return false
            }
            return true
        }
        let answers = try LineFilter.run(command, lines.map { $0.value ?? [] })
        return zip(lines, answers).compactMap { item, answer in answer.isEmpty ? nil : (item.letter, answer) }
    }

    private func edited(_ letter: DeadLetter) -> (letter: DeadLetter, value: [UInt8]?)? {
        var value = letter.value
        for edit in settings.edits {
            var writer = ByteWriter()
            let isDone = (value ?? []).withUnsafeBytes {
                splice.replace(edit.path, in: $0, into: &writer, by: { _ in edit.value })
            }
            guard isDone else {
                complain(letter, "its value has no place for the field '\(edit.path)'")
                return nil
            }
            value = Array(writer.bytes)
        }
        return (letter, value)
    }

    private func send(_ item: (letter: DeadLetter, value: [UInt8]?), _ writer: TransactionalWriter) throws {
        let letter = item.letter
        let handle = try topicHandle(letter.sourceTopic ?? "", writer)
        // A key finds its partition by itself; without one the record goes back to the partition it was in.
        let partition = letter.key == nil ? letter.sourcePartition : nil
        try letter.key.withOptionalBytes { key in
            try item.value.withOptionalBytes { value in
                try writer.send { producer throws(KafkaError) in
                    try producer.produce(
                        to: handle, partition: partition, key: key, value: value, timestamp: letter.timestamp,
                        headers: letter.returningHeaders)
                }
            }
        }
    }

    private func topicHandle(_ name: String, _ writer: TransactionalWriter) throws -> ProducerTopic {
        if let known = topics[name] { return known }
        let handle = try writer.producer.topic(name)
        topics[name] = handle
        return handle
    }
}
