import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal

/// From the words of the command line to a job.
struct ProcessSettings {
    let context: CommandContext

    /// The jobs' common part.
    func spec(_ work: JobSpec.Work, outputs: [String], suffix: String = "") throws -> JobSpec {
        let input = context[ProcessOptions.input]
        var spec = JobSpec(
            name: context[ProcessOptions.name] ?? input + suffix, kafka: try context.kafka(), input: input,
            outputs: outputs, work: work)
        spec.payload = try PayloadOptions.payload(context, isPatient: true)
        spec.commitInterval = context[ProcessOptions.commitEvery]
        spec.commitRecords = context[ProcessOptions.commitRecords]
        spec.pollSize = context[ProcessOptions.pollSize]
        spec.drains = context[ProcessOptions.drain]
        spec.until = context[ProcessOptions.until]
        spec.instances = context[ProcessOptions.instances]
        spec.creates = context[ProcessOptions.create]
        if case .windows = work {
            spec.idle = context[ProcessOptions.idle]
            spec.isKeyed = context[ProcessOptions.keyed]
            if let ticks = context[ProcessOptions.ticks] { spec.ticks = ticks }
        }
        guard spec.commitInterval <= .seconds(600) else {
            throw UsageError("--commit-every: a transaction may be open for ten minutes at most")
        }
        guard !outputs.contains(input) else {
            throw UsageError("--output: '\(input)' is the input; a job that reads what it writes never ends")
        }
        return spec
    }

    /// The options of windows are declared for the whole family; a job without windows must not swallow one.
    func refuseWindows() throws {
        for key in ProcessOptions.ofWindows where context.values.origin(of: key) == .commandLine {
            throw UsageError("--\(key.parameter.name) is for windows; '\(context.name)' has none")
        }
    }

    func filters() throws -> [FieldPredicate] {
        try context[ProcessOptions.filters].map { test in
            do throws(WordError) { return try FieldPredicate(test) } catch {
                throw UsageError("--where: \(error.message)")
            }
        }
    }

    func oneOutput(default name: String) throws -> [String] {
        let outputs = words(context[ProcessOptions.outputs] ?? name)
        guard outputs.count == 1 else { throw UsageError("--output: this job has one output") }
        return outputs
    }

    func windows() throws -> JobSpec {
        var plan = WindowPlan()
        plan.key = try key()
        plan.carry = try rules(context[ProcessOptions.carry], .any, "--carry")
        plan.value = context[ProcessOptions.value]
        plan.time = context[ProcessOptions.time]
        plan.items = context[ProcessOptions.items]
        plan.dedup = context[ProcessOptions.dedup]
        plan.filters = try filters()
        plan.aggregates = try aggregates()
        try setTimes(&plan)
        plan.calibration = try calibration(plan.key)
        plan.temperature = context[ProcessOptions.temperature]
        if let path = context[ProcessOptions.register] { plan.register = try register(path, plan.key) }
        let routes = try routes()
        plan.route = routes.field
        plan.routes = routes.values
        if let name = plan.schema.doubledName {
            throw UsageError(
                "two fields of the results would be called '\(name)'",
                hint: "--key, --carry, --value and --agg name the fields of a result.")
        }
        return try spec(.windows(plan), outputs: routes.topics)
    }

    /// The fields that tell sensors apart.
    func key() throws -> [FieldRule] {
        let key = try rules(context[ProcessOptions.key], .string, "--key")
        guard !key.isEmpty, key.allSatisfy({ !$0.isOptional }) else {
            throw UsageError("--key: a window needs at least one field, and none may be missing")
        }
        return key
    }

    private func calibration(_ key: [FieldRule]) throws -> Calibration {
        guard let path = context[ProcessOptions.calibration] else { return Calibration() }
        let text = try TextFile.read(path)
        do throws(WordError) { return try Calibration(text: text, key: key) } catch {
            throw UsageError("--calibration: \(path), \(error.message)")
        }
    }

    private func register(_ path: String, _ key: [FieldRule]) throws -> Register {
        guard context[ProcessOptions.calibration] == nil else {
            throw UsageError(
                "--calibration and --register exclude each other",
                hint: "A register has factors and offsets too, and says from when on they hold.")
        }
        return try RegisterFile.read(path, key: key)
    }

    private func setTimes(_ plan: inout WindowPlan) throws {
        plan.sizeMilliseconds = context[ProcessOptions.window].wholeMilliseconds
        plan.everyMilliseconds = context[ProcessOptions.every]?.wholeMilliseconds ?? plan.sizeMilliseconds
        plan.graceMilliseconds = context[ProcessOptions.grace].wholeMilliseconds
        plan.maxFutureMilliseconds = context[ProcessOptions.maxFuture].wholeMilliseconds
        guard plan.sizeMilliseconds > 0 else { throw UsageError("--window: a window lasts at least 1ms") }
        guard (1...plan.sizeMilliseconds).contains(plan.everyMilliseconds) else {
            throw UsageError("--every: windows begin at most --window apart, or readings would fall between them")
        }
        guard plan.sizeMilliseconds / plan.everyMilliseconds <= 1000 else {
            throw UsageError("--every: a reading would belong to more than 1000 windows")
        }
    }

    /// With a route each of the outputs stands for a value; without one there is one output.
    private func routes() throws -> (field: String?, values: [String], topics: [String]) {
        let field = context[ProcessOptions.route]
        guard !field.isEmpty else {
            let outputs = words(context[ProcessOptions.outputs] ?? "\(context[ProcessOptions.input]).windows")
            guard outputs.count == 1 else { throw UsageError("--output: without --route there is one output") }
            return (nil, [], outputs)
        }
        let pairs = words(context[ProcessOptions.outputs] ?? WindowPlan().routes.joined(separator: ",")).map { word in
            let parts = word.split(separator: "=", maxSplits: 1).map(String.init)
            return (value: parts[0], topic: parts.last ?? word)
        }
        guard Set(pairs.map(\.value)).count == pairs.count else { throw UsageError("--output: a value is there twice") }
        return (field, pairs.map(\.value), pairs.map(\.topic))
    }

    private func aggregates() throws -> [Aggregate] {
        let names = words(context[ProcessOptions.aggregates])
        guard Set(names).count == names.count, !names.isEmpty else {
            throw UsageError("--agg: name each aggregate once, and at least one")
        }
        return try names.map { name in
            guard let aggregate = Aggregate(rawValue: name) else {
                let known = Aggregate.allCases.map(\.rawValue).joined(separator: ", ")
                throw UsageError("--agg: '\(name)' is not one of \(known)")
            }
            return aggregate
        }
    }

    private func rules(_ list: String, _ kind: FieldRule.Kind, _ option: String) throws -> [FieldRule] {
        let known = Dictionary(uniqueKeysWithValues: WindowPlan().carry.map { ($0.name, $0) })
        let rules = try words(list).map { word in
            // The fields of a reading have their types even where only their names are given.
            if let rule = known[word] { return rule }
            do throws(WordError) { return try FieldRule(word: word, kind: kind) } catch {
                throw UsageError("\(option): \(error.message)")
            }
        }
        guard Set(rules.map(\.name)).count == rules.count else { throw UsageError("\(option): a field is there twice") }
        return rules
    }

    private func words(_ list: String) -> [String] { list.split(separator: ",").map(String.init) }
}
