import Glibc
package import KappaCore
import KappaFormats
import KappaKafka

/// One run of producing: reads, makes, sends, and keeps the books.
package final class ProduceSession {
    private let settings: ProduceSettings
    private let voice: Voice
    private let stop: StopSignal
    private let delivery: Delivery
    private let dead: Delivery?
    private let failures: FailedRecords?
    private let begun = ContinuousClock.now
    private let isPlain: Bool
    private var pieces = 0
    private var spoiled = 0
    private var firstSpoiled: String?

    /// - Parameter dead: to the topic for what makes no record, where the settings name one.
    package init(
        _ settings: ProduceSettings, delivery: Delivery, dead: Delivery?, voice: Voice, stop: StopSignal
    ) throws {
        failures = try settings.failed.map { try FailedRecords($0, topic: settings.topic) }
        self.settings = settings
        isPlain = settings.shape.isPlain
        self.voice = voice
        self.stop = stop
        self.delivery = delivery
        self.dead = dead
        // With a place for what failed the rest is sent all the same.
        delivery.stopsAtFailure = settings.onError == .stop && failures == nil
        if let failures { delivery.onFailure = { failures.keep($0, $1) } }
    }

    package func run(_ inputs: ProduceInputs) throws {
        var trouble: (any Error)?
        do {
            var progress = InputProgress(bytes: inputs.bytes, voice: voice)
            defer { progress.end() }
            for input in inputs.inputs { try read(input, &progress) }
        } catch {
            trouble = error
        }
        try settle(after: trouble)
    }

    /// What sources answered that were asked again and again.
    package struct Answers {
        package var answers: Int
        package var failures: Int
        package var firstFailure: String?

        package init(answers: Int = 0, failures: Int = 0, firstFailure: String? = nil) {
            self.answers = answers
            self.failures = failures
            self.firstFailure = firstFailure
        }
    }

    /// Each answer is one piece.
    ///
    /// - Parameter ask: asks until all has been asked for, and hands over the name of each source with its answer.
    package func run(
        asking ask: (_ body: (_ source: String, _ answer: UnsafeRawBufferPointer) throws -> Void) throws -> Answers
    ) throws {
        var maker = RecordMaker(settings.shape)
        var trouble: (any Error)?
        var tally = Answers()
        do {
            tally = try ask { source, answer in
                try send(answer, pieces + 1, source, &maker)
                try delivery.sendBatch()
                try delivery.poll()
            }
            try delivery.stopIfInterrupted()
        } catch {
            trouble = error
        }
        if tally.failures > 0 {
            voice.note(
                "\(tally.answers) answers, \(tally.failures) refused; the first: \(tally.firstFailure!)")
        }
        try settle(after: trouble)
        // What is refused ends nothing, but a run that brought nothing at all is no success.
        if tally.answers == 0, let first = tally.firstFailure {
            throw JobFailure("no source answered; the first: \(first)")
        }
    }

    private func read(_ input: ProduceInputs.Input, _ progress: inout InputProgress) throws {
        let descriptor = try ProduceInputs.open(input)
        defer { if input.path != nil { close(descriptor) } }
        // A larger pipe means fewer turns between the two programs.
        _ = fcntl(descriptor, RecordSplitter.setPipeSize, 1 << 20)
        sayWhatIsAwaited(descriptor)
        var splitter = RecordSplitter(
            delimiter: settings.delimiter, isText: settings.isText)
        var maker = RecordMaker(settings.shape)
        let table = try settings.csv.map { try CSVIntake($0, name: input.name) }
        var line = 0
        repeat {
            try waitForInput(descriptor)
            let held = splitter.held
            if let failure = splitter.fill(from: descriptor) {
                throw JobFailure("\(input.name), record \(line + 1): \(failure.message)")
            }
            progress.took(splitter.held - held)
            do {
                if let table {
                    try sendRows(table, &splitter, &maker)
                } else {
                    try splitter.drain { piece in
                        line += 1
                        try send(piece, line, input.name, &maker)
                    }
                }
            } catch {
                // What stands before the line that stopped the run goes out.
                try delivery.sendBatch()
                throw error
            }
            // The next turn reads into the same memory.
            try delivery.sendBatch()
            progress.update(sent: delivery.accepted)
            try delivery.stopIfInterrupted()
        } while !splitter.isAtEnd
    }

    /// Who started it without an input sees nothing happen, and is told why.
    private func sayWhatIsAwaited(_ descriptor: Int32) {
        guard isatty(descriptor) == 1 else { return }
        let what = settings.csv == nil ? "each line is a record" : "a header, then rows"
        voice.note("reading the terminal: \(what); Ctrl-D ends")
    }

    private func sendRows(_ table: CSVIntake, _ splitter: inout RecordSplitter, _ maker: inout RecordMaker) throws {
        let hasKey = settings.csv?.keys.isEmpty == false
        try table.take(&splitter) { event in
            switch event {
            case .record(let value, let key, let line):
                guard hasKey else { return try send(value, line, table.name, &maker) }
                pieces += 1
                try sendOrSpoil(value, line, table.name) { try delivery.send(key: key, value: value, tag: line) }
            case .bad(let piece, let line, let why):
                pieces += 1
                try spoil(piece, "\(table.name), line \(line): \(why)")
            case .settled: try delivery.sendBatch()
            }
        }
    }

    private func send(
        _ piece: UnsafeRawBufferPointer, _ line: Int, _ name: String, _ maker: inout RecordMaker
    ) throws {
        pieces += 1
        try sendOrSpoil(piece, line, name) {
            if isPlain, case .none = settings.shape.key {
                let value: UnsafeRawBufferPointer? = piece.isEmpty && settings.shape.emptyIsNull ? nil : piece
                try delivery.send(key: nil, value: value, tag: line)
            } else if isPlain {
                try maker.make(piece) { try delivery.send(key: $0.key, value: $0.value, tag: line) }
            } else {
                try maker.make(piece, spoiled: { try spoil($0, "\(name), line \(line): \($1.message)") }) {
                    try delivery.send($0, tag: line)
                }
            }
        }
    }

    @inline(__always)
    private func sendOrSpoil(
        _ piece: UnsafeRawBufferPointer, _ line: Int, _ name: String, _ send: () throws -> Void
    ) throws {
        do { try send() } catch let failure as RecordFailure {
            try spoil(piece, "\(name), line \(line): \(failure.message)")
        } catch let failure as KafkaError where failure.kind != .unreachable && !failure.isFatal {
            // Refused before it left, as a record that is too large.
            try spoil(piece, "\(name), line \(line): \(failure.message)")
        }
    }

    private func spoil(_ piece: UnsafeRawBufferPointer, _ why: String) throws {
        spoiled += 1
        if firstSpoiled == nil { firstSpoiled = why }
        switch settings.onError {
        case .stop: throw JobFailure(why, hint: "--on-error skip, keep or dead:TOPIC goes on after such input")
        case .skip: voice.warning(why + " (skipped)")
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
            throw JobFailure(why, hint: "it cannot be sent as it is; --on-error skip goes on without it")
        }
    }

    /// Waits for the next bytes and hears delivery reports meanwhile, so that typed lines go out at once.
    private func waitForInput(_ descriptor: Int32) throws {
        var pollers = [
            pollfd(fd: descriptor, events: Int16(POLLIN), revents: 0),
            pollfd(fd: stop.descriptor, events: Int16(POLLIN), revents: 0),
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
        let isInterrupted = stop.isRequested
        let timeout = settings.deliveryTimeout
        let patience: Duration = timeout == .zero ? .seconds(1 << 40) : timeout + .seconds(1)
        let bound: Duration = isInterrupted ? .seconds(3) : patience
        let tally = delivery.finish(within: bound)
        let deadTally = dead?.finish(within: bound)
        try failures?.close(voice)
        report(tally, isInterrupted)
        if let deadTally { voice.note("\(deadTally.delivered) went to the dead-letter topic") }
        if let trouble, !(trouble is DeliveryStopped) { throw trouble }
        if let failure = tally.firstFailure ?? deadTally?.firstFailure {
            let failed = tally.failed + (deadTally?.failed ?? 0)
            // The broker was there at the start, so this is a failure of the run and not an unreachable broker.
            throw JobFailure(
                "\(failed) of \(delivery.accepted) records were not delivered; the first: \(failure.message)",
                hint: failure.hint)
        }
        if spoiled > 0, settings.onError == .skip {
            throw JobFailure("\(spoiled) of \(pieces) records were skipped; the first: \(firstSpoiled ?? "")")
        }
    }

    private func report(_ tally: DeliveryTally, _ isInterrupted: Bool) {
        let seconds = Double(begun.duration(to: .now).wholeMilliseconds) / 1000
        let rate = seconds > 0.2 ? ", \(Int(Double(tally.delivered) / seconds))/s" : ""
        let words = isInterrupted ? "interrupted: \(tally.delivered) were delivered" : "delivered \(tally.delivered)"
        let failed = tally.failed > 0 ? ", \(tally.failed) failed" : ""
        voice.note("\(words) to '\(settings.topic)'\(failed) in \(seconds) s\(rate)")
    }
}
