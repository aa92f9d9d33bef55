import KappaCore
import KappaPipeline
import KappaStores
import KappaTerminal

/// How a pipeline ended, in words, figures and a status.
struct UpEnding {
    let plan: PipelinePlan
    let outcome: Supervision.Outcome
    let audit: PipelineAudit
    let baseline: Int64?
    /// What each stage said last.
    let lastWords: [String: [String]]

    func report(_ context: CommandContext) throws {
        switch outcome {
        case .stopped: try stopped(context)
        case .failed(let name, let status):
            throw CommandFailure(
                "\(name) cannot run (status \(status))", hint: lastWords[name]?.joined(separator: "\n"))
        case .drained: try drained(context)
        }
    }

    private func stopped(_ context: CommandContext) throws {
        context.messages.note("stopped; the next run goes on from here")
        try context.stop.throwIfRequested()
    }

    private func drained(_ context: CommandContext) throws {
        guard let books = audit.books else {
            throw CommandFailure("the counts could not be reconciled: \(audit.problem ?? "no answer")")
        }
        try show(books, context)
        guard books.addUp else {
            throw CommandFailure(
                "the counts do not add up: \(books.sentence)",
                hint: "kappa consume \(StandardTopics.input).dead and kappa query show what is there.")
        }
        guard let count = plan.count, books.produced - (baseline ?? 0) < count else { return }
        throw CommandFailure("only \((books.produced - (baseline ?? 0)).grouped) of \(count.grouped) were produced")
    }

    private func show(_ books: PipelineBooks, _ context: CommandContext) throws {
        try context.output.record(
            "pipeline",
            [
                (Column("produced"), .integer(books.produced)), (Column("stored"), .integer(books.stored)),
                (Column("late"), .integer(books.late)), (Column("dead"), .integer(books.dead)),
                (Column("windows"), .integer(books.windows)), (Column("store"), .text(plan.store.name)),
            ])
        context.messages.note(books.sentence)
    }
}
