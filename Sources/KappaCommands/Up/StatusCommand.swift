import KappaArguments
import KappaCore
import KappaPipeline
import KappaTerminal

/// `kappa status`: how the pipeline of a folder is.
enum StatusCommand {
    static let command = Command(
        "status", section: .pipeline, abstract: "Show the pipeline that runs in a data folder",
        discussion: "The status is 0 when every stage runs, 1 when one does not, or none.",
        parameters: [UpOptions.data] + OutputOptions.all,
        examples: [Example("kappa status", "The stages, their rates and totals, and the balance.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let folder = UpOptions.folder(context)
        guard PipelineLock.isHeld(in: folder) else {
            throw CommandFailure("no pipeline runs in \(folder)", hint: "kappa up starts one.")
        }
        guard let status = PipelineStatus.read(in: folder) else {
            throw CommandFailure("the pipeline in \(folder) is starting or stopping")
        }
        try show(status, context)
        context.messages.note("balance: \(status.books.sentence)")
        let calm = ["running", "draining", "done"]
        guard let bad = status.stages.first(where: { !calm.contains($0.state) }) else { return }
        throw CommandFailure("\(bad.name) is not running: \(bad.state)")
    }

    private static func show(_ status: PipelineStatus, _ context: CommandContext) throws {
        let columns = [
            Column("stage"), Column("state"), Column("restarts", align: .right),
            Column("rate_per_second", title: "RATE/S", align: .right),
            Column("lag", align: .right), Column("total", align: .right), Column("processes"), Column("note"),
        ]
        try context.output.rows("stages", columns) { rows in
            for stage in status.stages {
                try rows.add(cells(stage))
            }
        }
    }

    private static func cells(_ stage: PipelineSnapshot.Stage) -> [Cell] {
        let rate: Cell = stage.rate.map { .number(($0 * 10).rounded() / 10) } ?? .absent
        let lag: Cell = stage.lag.map { .integer($0) } ?? .absent
        let total: Cell = stage.total.map { .integer($0) } ?? .absent
        let processes = Cell.list(stage.pids.map { "\($0)" })
        let restarts = Cell.integer(stage.restarts)
        return [.text(stage.name), .text(stage.state), restarts, rate, lag, total, processes, .text(stage.note)]
    }
}
