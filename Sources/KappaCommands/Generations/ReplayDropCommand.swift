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
        parameters: [GenerationOptions.named, GenerationOptions.job, GenerationOptions.yes, GenerationOptions.table]
            + StoreOptions.all + BrokerOptions.all,
        examples: [Example("kappa replay drop 2 --store sqlite:kappa.db", "Generation 2 is not needed any more.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
        let store = try GenerationOptions.store(context)
        try GenerationSwitch.finish(control, store, voice: context.voice)
        let number = context[GenerationOptions.named]
        let removal = try GenerationRemoval(number, control, store)
        let question = "Delete generation \(number) of '\(control.job)' and its topics?"
        try Confirmation.ask(question, isGiven: context[GenerationOptions.yes], context)
        try removal.run(voice: context.voice)
    }
}
