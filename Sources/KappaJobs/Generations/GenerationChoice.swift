package import KappaCore
import KappaKafka
import KappaStreams

/// Which generation a start means: one that was begun with the same rules, or the next.
package struct GenerationChoice {
    private let spec: JobSpec
    private let control: ControlLog
    private let voice: Voice

    package init(_ spec: JobSpec, _ control: ControlLog, voice: Voice) {
        self.spec = spec
        self.control = control
        self.voice = voice
    }

    /// - Parameters:
    ///   - number: the generation to go on with; nil finds one or makes one.
    ///   - from: where a new one begins; nil is the log's beginning.
    package func generation(_ number: Int?, from: OffsetRange.Bound?) throws -> Generation {
        let plan = try plan(from: from)
        if let number {
            let found = try control.generation(number)
            guard found.fingerprint == spec.fingerprint else {
                throw JobFailure(
                    "generation \(number) of '\(spec.name)' was started with other rules",
                    hint: "without --generation the next one is begun")
            }
            return found
        }
        let time = try from.flatMap { try GenerationStart.time(of: $0, spec, plan, control.client) }
        let begin = GenerationStart.firstWindow(plan, time)
        let known = control.generations.last {
            $0.number != control.pointer.live && $0.fingerprint == spec.fingerprint && $0.outputs == spec.outputs
                && (from == nil || $0.fromMilliseconds == begin)
        }
        if let known { return known }
        var fresh = Generation(
            job: spec.name, number: 1, parent: control.pointer.live, fingerprint: spec.fingerprint,
            input: spec.input, outputs: spec.outputs, key: plan.key.map(\.name), value: plan.value,
            graceMilliseconds: plan.graceMilliseconds, startedAt: Timestamp.now.milliseconds,
            fromMilliseconds: begin, moment: isOfAlarms ? plan.time : nil)
        fresh.number = max(control.generations.last?.number ?? 1, control.pointer.live, control.pointer.previous) + 1
        try takeFreeNumber(&fresh)
        return fresh
    }

    private var isOfAlarms: Bool {
        if case .alarms = spec.work { true } else { false }
    }

    private func plan(from: OffsetRange.Bound?) throws -> WindowPlan {
        switch spec.work {
        case .windows(let plan): return plan
        case .alarms(let plan):
            guard from == nil else {
                throw JobFailure(
                    usage: "--from: whether an alarm stands depends on all the readings before",
                    hint: "without --from the alarms are judged from the log's beginning")
            }
            return plan
        default: throw JobFailure(usage: "only jobs of windows and of alarms have generations")
        }
    }

    /// Topics that hold something are another job's, or were left behind; their records must not mix with the new ones.
    private func takeFreeNumber(_ fresh: inout Generation) throws {
        let known = Set(try control.client.metadata().topics.map(\.name))
        while let taken = try fresh.ownTopics.first(where: { topic in
            guard known.contains(topic) else { return false }
            if control.account?.isOthers(topic, than: fresh.job) == true { return true }
            let logs = try control.client.watermarks(of: try control.client.partitions(of: topic))
            return logs.values.contains { $0.high > $0.low }
        }) {
            voice.note("'\(taken)' is there already, so it will not be generation \(fresh.number)")
            fresh.number += 1
        }
    }

    /// The same rules under the names of the generation.
    package func adapted(to generation: Generation) -> JobSpec {
        var spec = spec
        spec.generation = generation.number
        spec.outputs = generation.topics
        spec.late = generation.late
        spec.dead = generation.dead
        spec.ticks = generation.ticks
        // What moved the clocks of its ancestors without a record moves its own at the same places.
        var parent = generation.parent
        while true {
            spec.earlierTicks.append(GenerationNames.topic("\(spec.name).ticks", parent))
            guard let next = control.generations.first(where: { $0.number == parent })?.parent, next < parent else {
                return spec
            }
            parent = next
        }
    }
}
