package import KappaCore

/// Polls REST sources, one after the other, and hands over what each answer holds.
///
/// A refused, late or garbled answer is counted and tried again with back-off; it ends nothing unless asked to.
package struct HTTPPoll {
    let urls: [String]
    /// The pause between two rounds, drawn anew each time.
    let pause: ClosedRange<Duration>
    /// Rounds to make; nil goes on until it is stopped.
    let rounds: Int?
    let strictness: Strictness
    let voice: Voice
    let stop: StopSignal

    package enum Strictness: Sendable {
        case goesOn
        /// The first answer that is refused or unreadable is thrown, with this advice.
        case endsAtFailure(hint: String)
    }

    package init(
        urls: [String], pause: ClosedRange<Duration>, rounds: Int?, strictness: Strictness, voice: Voice,
        stop: StopSignal
    ) {
        self.urls = urls
        self.pause = pause
        self.rounds = rounds
        self.strictness = strictness
        self.voice = voice
        self.stop = stop
    }

    private static let longestBackOff = Duration.seconds(60)

    package struct Tally {
        package var answers = 0
        package var failures = 0
        package var firstFailure: String?
    }

    package func run(_ body: (_ url: String, _ answer: UnsafeRawBufferPointer) throws -> Void) throws -> Tally {
        let client = HTTPClient()
        var tally = Tally()
        var round = 0
        while round < rounds ?? Int.max, !stop.isRequested {
            for url in urls where !stop.isRequested { try poll(url, client, &tally, body) }
            round += 1
            if round < rounds ?? Int.max, stop.wait(draw()) { break }
        }
        return tally
    }

    /// Asks until there is an answer, at most five times in a round.
    private func poll(
        _ url: String, _ client: HTTPClient, _ tally: inout Tally,
        _ body: (String, UnsafeRawBufferPointer) throws -> Void
    ) throws {
        var backOff = Duration.milliseconds(500)
        for attempt in 1...5 {
            let trouble: (what: String, wait: Duration?)
            switch ask(url, client) {
            case .success(let answer):
                try answer.body.withUnsafeBytes { try body(url, $0) }
                tally.answers += 1
                return
            case .failure(let failed): trouble = (failed.what, failed.retryAfter)
            }
            let shown = "\(HTTPClient.withoutSecrets(url)): \(trouble.what)"
            tally.failures += 1
            if tally.firstFailure == nil { tally.firstFailure = shown }
            if case .endsAtFailure(let hint) = strictness { throw HTTPError(.failed, shown, hint: hint) }
            voice.warning("\(shown) (attempt \(attempt) of 5)")
            guard attempt < 5 else { return }
            if stop.wait(min(trouble.wait ?? backOff, HTTPPoll.longestBackOff)) { return }
            backOff = min(backOff * 2, HTTPPoll.longestBackOff)
        }
    }

    private struct Refusal: Error {
        var what: String
        var retryAfter: Duration?
    }

    private func ask(_ url: String, _ client: HTTPClient) -> Result<HTTPAnswer, Refusal> {
        let answer: HTTPAnswer
        do throws(HTTPError) { answer = try client.get(url, timeout: .seconds(15)) } catch {
            // Its words name the address already, and so does whoever reports this.
            let place = HTTPClient.withoutSecrets(url) + ": "
            let isTwice = error.message.hasPrefix(place)
            return .failure(Refusal(what: isTwice ? String(error.message.dropFirst(place.count)) : error.message))
        }
        guard answer.isSuccess else {
            return .failure(Refusal(what: "status \(answer.status)", retryAfter: answer.retryAfter))
        }
        var buffer = JSONBuffer()
        answer.body.withUnsafeBytes { buffer.load($0) }
        guard (try? JSONValue(checking: buffer)) != nil else {
            return .failure(Refusal(what: "the answer is not JSON"))
        }
        return .success(answer)
    }

    private func draw() -> Duration {
        let (low, high) = (pause.lowerBound.wholeMilliseconds, pause.upperBound.wholeMilliseconds)
        return .milliseconds(Int64.random(in: low...high))
    }
}
