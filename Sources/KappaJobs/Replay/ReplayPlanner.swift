package import KappaCore
import KappaKafka

/// Works out, when a replay first starts, which offsets it covers and how far its times are moved.
package struct ReplayPlanner {
    private let settings: ReplaySettings
    private let voice: Voice
    private let client: KafkaClient

    package init(_ settings: ReplaySettings, voice: Voice) throws {
        self.settings = settings
        self.voice = voice
        client = try KafkaClient(settings.kafka)
    }

    package func plan() throws -> ReplayPlan {
        let ends = PartitionEnds(range: settings.range, stopsAtEnd: true, client: client)
        let parts = try client.partitions(of: settings.source).map { at in
            let span = try ends.span(of: at, isGrouped: false)
            if let note = span.note { voice.warning(note) }
            return ReplayPlan.Part(at: at, next: span.start, end: max(span.start, span.end ?? span.start))
        }
        let shift = settings.shiftsToNow ? try shift(of: parts) : ReplayPlan.Shift()
        return ReplayPlan(parts: parts, shift: shift, fingerprint: settings.fingerprint)
    }

    private func shift(of parts: [ReplayPlan.Part]) throws -> ReplayPlan.Shift {
        var times = RangeTimes(field: settings.timeField)
        for part in parts where !part.isDone { try times.read(part, settings.kafka) }
        let now = Timestamp.now.milliseconds
        return ReplayPlan.Shift(log: shift(of: times.log, to: now), event: shift(of: times.event, to: now))
    }

    /// At no speed does a record come to lie in the future: at realtime the first one is of now, faster the last
    /// one ends up at the moment of its writing.
    private func shift(of span: ClosedRange<Int64>?, to now: Int64) -> Int64 {
        guard let span else { return 0 }
        guard let factor = settings.speed.factor else { return now - span.upperBound }
        guard factor > 1 else { return now - span.lowerBound }
        return now + Int64(Double(span.upperBound - span.lowerBound) / factor) - span.upperBound
    }
}
