import Glibc
import KappaCore
import KappaJobs
import KappaKafka
import KappaTerminal

/// One run of `kappa produce`: reads, makes, sends, and keeps the books.
final class ProduceSession {
    private let context: CommandContext
    private let delivery: Delivery
    private let dead: Delivery?
    private let failures: FailedRecords?
    private let shape: RecordShape
    private let topic: String
    private let onError: ProduceOptions.OnError
    private let begun = ContinuousClock.now
    private var pieces = 0
    private var spoiled = 0
    private var firstSpoiled: String?

    init(context: CommandContext, delivery: Delivery, shape: RecordShape, topic: String, dead: Delivery?) throws {
        failures = try context[ProduceOptions.failed].map { try FailedRecords($0, topic: topic) }
        self.context = context
        self.delivery = delivery
        self.shape = shape
        self.topic = topic
        self.dead = dead
        onError = context[ProduceOptions.onError]
        // With a place for what failed the rest is sent all the same.
        delivery.stopsAtFailure = onError == .stop && failures == nil
        if let failures { delivery.onFailure = { failures.keep($0, $1) } }
    }

    func run(_ inputs: ProduceInputs) throws {
        // From here on a signal asks for a clean end.
        _ = context.stop
        var trouble: (any Error)?
        do {
            for input in inputs.inputs { try read(input) }
        } catch {
            trouble = error
        }
        try settle(after: trouble)
    }

    /// Each answer is one piece.
    func run(_ poll: HTTPPoll) throws {
        var maker = RecordMaker(shape)
        var trouble: (any Error)?
        var tally = HTTPPoll.Tally()
        do {
            tally = try poll.run { url, answer in
                try send(answer, pieces + 1, url, shape.isPlain, &maker)
                try delivery.sendBatch()
                try delivery.poll()
            }
            try delivery.stopIfInterrupted()
        } catch {
            trouble = error
        }
        if tally.failures > 0 {
            context.messages.note(
                "\(tally.answers) answers, \(tally.failures) refused; the first: \(tally.firstFailure!)")
        }
        try settle(after: trouble)
        // What is refused ends nothing, but a run that brought nothing at all is no success.
        if tally.answers == 0, let first = tally.firstFailure {
            throw CommandFailure("no source answered; the first: \(first)")
        }
    }

    private func read(_ input: ProduceInputs.Input) throws {
        let descriptor = try ProduceInputs.open(input)
        defer { if input.path != nil { close(descriptor) } }
        // A larger pipe means fewer turns between the two programs.
        _ = fcntl(descriptor, RecordSplitter.setPipeSize, 1 << 20)
        var splitter = RecordSplitter(
            delimiter: context[ProduceOptions.delimiter], isText: !context.isGiven(ProduceOptions.delimiter))
        var maker = RecordMaker(shape)
        var progress = Progress("produced", voice: context.voice)
        defer { progress.end() }
        var line = 0
        let isPlain = shape.isPlain
        repeat {
            try waitForInput(descriptor)
            if let failure = splitter.fill(from: descriptor) {
                throw CommandFailure("\(input.name), record \(line + 1): \(failure.message)")
            }
            do {
                try splitter.drain { piece in
                    line += 1
                    try send(piece, line, input.name, isPlain, &maker)
                }
            } catch {
                // What stands before the line that stopped the run goes out.
                try delivery.sendBatch()
                throw error
            }
            // The next turn reads into the same memory.
            try delivery.sendBatch()
            progress.update(Int64(delivery.accepted))
            try delivery.stopIfInterrupted()
        } while !splitter.isAtEnd
    }

    private func send(
        _ piece: UnsafeRawBufferPointer, _ line: Int, _ name: String, _ isPlain: Bool, _ maker: inout RecordMaker
    ) throws {
        pieces += 1
        do {
            if isPlain, case .none = shape.key {
                let value: UnsafeRawBufferPointer? = piece.isEmpty && shape.emptyIsNull ? nil : piece
                try delivery.send(key: nil, value: value, tag: line)
            } else if isPlain {
                try maker.make(piece) { try delivery.send(key: $0.key, value: $0.value, tag: line) }
            } else {
                try maker.make(piece, spoiled: { try spoil($0, "\(name), line \(line): \($1.message)") }) {
                    try delivery.send($0, tag: line)
                }
            }
        } catch let failure as RecordFailure {
            try spoil(piece, "\(name), line \(line): \(failure.message)")
        } catch let failure as KafkaError where failure.kind != .unreachable && !failure.isFatal {
            // Refused before it left, as a record that is too large.
            try spoil(piece, "\(name), line \(line): \(failure.message)")
        }
    }

    private func spoil(_ piece: UnsafeRawBufferPointer, _ why: String) throws {
        spoiled += 1
        if firstSpoiled == nil { firstSpoiled = why }
        switch onError {
        case .stop: throw CommandFailure(why, hint: "--on-error skip, keep or dead:TOPIC would go on")
        case .skip: context.messages.warning(why + " (skipped)")
        case .keep:
            // Sent at once: the piece may stand in memory that the next one is made in.
            try sendSpoilt(why) {
                try delivery.send(
                    RecordMaker.Record(key: nil, value: piece, timestamp: nil, headers: [], partition: nil))
            }
        case .dead:
            try sendSpoilt(why) {
                try dead?.send(
                    RecordMaker.Record(
                        key: nil, value: piece, timestamp: nil, headers: [Header("kappa.reason", why)], partition: nil))
            }
        }
    }

    /// A record that is too large is so for any topic; the error names its line.
    private func sendSpoilt(_ why: String, _ send: () throws -> Void) throws {
        do { try send() } catch let failure as KafkaError where failure.kind == .failed && !failure.isFatal {
            throw CommandFailure(why, hint: "it cannot be sent as it is; --on-error skip would go on")
        }
    }

    /// Waits for the next bytes and hears delivery reports meanwhile, so that typed lines go out at once.
    private func waitForInput(_ descriptor: Int32) throws {
        var pollers = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: context.stop.descriptor, events: Int16(POLLIN), revents: 0),
        ]
        while true {
            let ready = poll(&pollers, 2, 100)
            try delivery.poll()
            try delivery.stopIfInterrupted()
            if ready > 0, pollers[0].revents != 0 { return }
        }
    }

    /// Waits for the fates that are still open and says what became of everything.
    private func settle(after trouble: (any Error)?) throws {
        let isInterrupted = context.stop.isRequested
        let timeout = context[ProduceOptions.deliveryTimeout]
        let patience: Duration = timeout == .zero ? .seconds(1 << 40) : timeout + .seconds(1)
        let bound: Duration = isInterrupted ? .seconds(3) : patience
        let tally = delivery.finish(within: bound)
        let deadTally = dead?.finish(within: bound)
        try failures?.close(context.messages)
        report(tally, isInterrupted)
        if let deadTally { context.messages.note("\(deadTally.delivered) went to the dead-letter topic") }
        if let trouble, !(trouble is DeliveryStopped) { throw trouble }
        if let failure = tally.firstFailure ?? deadTally?.firstFailure {
            let failed = tally.failed + (deadTally?.failed ?? 0)
            // The broker was there at the start, so this is a failure of the run and not an unreachable broker.
            throw CommandFailure(
                "\(failed) of \(delivery.accepted) records were not delivered; the first: \(failure.message)",
                hint: failure.hint)
        }
        if spoiled > 0, onError == .skip {
            throw CommandFailure("\(spoiled) of \(pieces) records were skipped; the first: \(firstSpoiled ?? "")")
        }
    }

    private func report(_ tally: DeliveryTally, _ isInterrupted: Bool) {
        let seconds = Double(begun.duration(to: .now).wholeMilliseconds) / 1000
        let rate = seconds > 0.2 ? ", \(Int(Double(tally.delivered) / seconds))/s" : ""
        let words = isInterrupted ? "interrupted: \(tally.delivered) were delivered" : "delivered \(tally.delivered)"
        let failed = tally.failed > 0 ? ", \(tally.failed) failed" : ""
        context.messages.note("\(words) to '\(topic)'\(failed) in \(seconds) s\(rate)")
    }
}
