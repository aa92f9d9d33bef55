import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa replay drop`: a generation and all that bears its number go.
enum ReplayDropCommand {
    static let command = Command(
        "drop", abstract: "Delete a generation: its topics, its group, its table",
        discussion: """
            Refuses the active generation, and one whose job still runs. With --store its table goes too. Started \
            again after a crash it finishes what was begun.
            """,
        parameters: [GenerationOptions.named, GenerationOptions.job, GenerationOptions.yes, SinkCommand.table]
            + StoreOptions.all + BrokerOptions.all,
        examples: [Example("kappa replay drop 2 --store sqlite:kappa.db", "Generation 2 is not needed any more.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
        try GenerationSwitch.finish(control, context)
        let generation = try control.generation(context[GenerationOptions.named])
        guard generation.number != control.pointer.live else {
            throw CommandFailure(
                "generation \(generation.number) is the active one",
                hint: "'kappa replay switch' or 'rollback' makes another one active"
            )
        }
        guard generation.number > 1 else {
            throw CommandFailure(
                "generation 1 has the plain names, which others may read",
                hint: "'kappa topics delete' and 'kappa groups delete' take them away one by one")
        }
        try stopIfRunning([generation.group], generation, control)
        let question = "Delete generation \(generation.number) of '\(generation.job)' and its topics?"
        try Confirmation.ask(question, isGiven: context[GenerationOptions.yes], context)
        try control.beginWriting()
        try drop(generation, control, context)
    }

    private static func stopIfRunning(_ groups: [String], _ generation: Generation, _ control: ControlLog) throws {
        for group in try control.client.describeGroups(groups) where group.isActive {
            throw CommandFailure(
                "generation \(generation.number) still runs: the group '\(group.name)' has members",
                hint: "stop it first")
        }
    }

    /// The record goes last: as long as it is there, the command can be given again.
    private static func drop(_ generation: Generation, _ control: ControlLog, _ context: CommandContext) throws {
        var groups = [generation.group]
        if let store = try GenerationOptions.store(context, .writing) {
            let target = try GenerationOptions.target(context, generation.number)
            // The store outlives its tables, so its name is known also when this is done once more.
            if let identity = try store.status(of: target).identity {
                groups.append(SinkJob.group(of: target, identity))
            }
            try stopIfRunning(groups, generation, control)
            try store.drop(target)
        }
        FailPoint.pass(.dropStored)
        let known = Set(try control.client.metadata().topics.map(\.name))
        let topics = generation.ownTopics.filter(known.contains)
        if !topics.isEmpty {
            for outcome in try control.client.deleteTopics(topics) {
                if let error = outcome.error, error.code != KafkaError.unknownTopic { throw error }
            }
        }
        FailPoint.pass(.dropTopics)
        for outcome in try control.client.deleteGroups(groups) {
            if let error = outcome.error, error.code != KafkaError.groupNotFound { throw error }
        }
        try control.forget(generation)
        context.messages.note("generation \(generation.number) of '\(generation.job)' is gone")
    }
}
