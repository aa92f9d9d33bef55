import KappaArguments
import KappaCore
import KappaJobs
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa replay switch` and `rollback`: another generation speaks from now on.
enum ReplaySwitchCommand {
    static let withoutDiff = Flag("without-diff", help: "Switch even without a diff.")
    static let behind = Flag("behind", help: "Switch even if it has not caught up.")
    static let mode = Option<Mode>(
        "mode", type: .choice("MODE"), default: "pointer", settable: false,
        help: "pointer makes it active; corrections writes what differs into the stable topics.")

    enum Mode: String, CaseIterable, Sendable { case pointer, corrections }

    private static let parameters: [any ParameterKey] = [GenerationOptions.job, GenerationOptions.table]

    static let command = Command(
        "switch", abstract: "Switch readers to another generation",
        discussion: """
            Moves the stable names: the job's pointer in the topic kappa.control, and with --store, in one \
            transaction, the view. Readers of the view see the one generation or the other, whole, and 'kappa \
            consume' of a stable name goes over to the new one's topic. The old generation stays as it is, so 'kappa \
            replay rollback' goes back in the same way. After a crash, the next of these commands with the same \
            --store completes what was begun.

            Before it switches it tells which sensors differ, as the last comparison found. It refuses a generation that \
            has not caught up with the active one, and one that was not compared with it.

            --mode corrections is for readers who cannot follow a pointer: changed and new windows are written into the \
            stable topics, in one transaction, with the header kappa.revision. A window that is missing is written once \
            more as it was, with "withdrawn":true; kappa's sinks take its row out of their tables.
            """,
        parameters: [GenerationOptions.number] + parameters + [withoutDiff, behind, mode] + StoreOptions.all
            + BrokerOptions.all,
        examples: [
            Example("kappa replay switch --store sqlite:kappa.db", "Readers see the newest generation."),
            Example("kappa replay switch --mode corrections", "Publish only what changed."),
        ],
        run: { context in
            let kafka = try context.kafka()
            let control = try ControlLog(context[GenerationOptions.job], kafka)
            let rules = GenerationSwitch.Rules(isCompared: !context[withoutDiff], hasCaughtUp: !context[behind])
            if context[mode] == .corrections {
                return try GenerationCorrections(control, kafka, voice: context.voice)
                    .publish(context[GenerationOptions.number], rules)
            }
            let store = try GenerationOptions.store(context)
            // Without a number, a switch that was interrupted is finished before another one is thought of.
            let isFinished = try GenerationSwitch.finish(control, store, voice: context.voice)
            let live = control.pointer.live
            if isFinished, context[GenerationOptions.number] ?? live == live { return }
            let number =
                try context[GenerationOptions.number] ?? unfinished(control, store) ?? control.candidate().number
            try GenerationSwitch(control, store, voice: context.voice, stop: context.stop).move(to: number, rules)
        })

    static let rollback = Command(
        "rollback", abstract: "Switch readers back to the generation before",
        discussion: """
            The same switch, back to where it came from; nothing is compared. Running it twice has no further \
            effect; 'kappa replay switch' goes forward again.
            """,
        parameters: parameters + StoreOptions.all + BrokerOptions.all,
        examples: [Example("kappa replay rollback --store sqlite:kappa.db", "Undo the last switch.")],
        run: { context in
            let control = try ControlLog(context[GenerationOptions.job], try context.kafka())
            let store = try GenerationOptions.store(context)
            try GenerationSwitch.finish(control, store, voice: context.voice)
            let pointer = control.pointer
            let number = try pointer.isBack ? pointer.live : (unfinished(control, store) ?? pointer.previous)
            guard number != pointer.live || store != nil || pointer.isBack else {
                throw CommandFailure("job '\(control.job)' has not been switched, so there is nothing to go back to")
            }
            // The store has to have caught up all the same.
            try GenerationSwitch(control, store, voice: context.voice, stop: context.stop)
                .move(to: number, GenerationSwitch.Rules(), isBack: true)
        })

    /// The pointer has moved and the store has not: a switch was interrupted.
    private static func unfinished(_ control: ControlLog, _ store: GenerationStore?) throws -> Int? {
        let shown = try store?.shownGeneration()
        return shown != nil && shown != control.pointer.live ? control.pointer.live : nil
    }
}
