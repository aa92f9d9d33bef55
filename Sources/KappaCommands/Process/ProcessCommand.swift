import KappaArguments
import KappaCore
import KappaHTTP
import KappaJobs
import KappaKafka
import KappaPipeline
import KappaStreams
import KappaTerminal

/// `kappa process`: the one path from raw records to results.
enum ProcessCommand {
    static let template = Option<String?>(
        "template", type: .string("TEXT"), settable: false,
        help: "The text of each output record: {value}, {key}, {offset}, {timestamp} and {.field} are filled in.")
    static let select = Option<String?>(
        "select", type: .string("FIELD,…"), settable: false,
        help: "The fields of each output record, out of nested JSON: id=login.uuid,name.first,age:whole.",
        discussion: """
            Each is NAME=PATH, or a path that is its own name. With :text, :number, :whole or :time behind it the field has \
            that type, in the results and in the columns of a view; a record whose field is of another type, missing or \
            null is a dead letter. :whole? lets it be missing or null. Without a type a field is whatever comes.
            """)
    static let per = Option<CountedPer>(
        "per", type: .choice("WHAT"), default: "line", help: "Count the words of each line, or each word so far.")

    enum CountedPer: String, CaseIterable, Sendable { case line, word }

    static let command = Command(
        "process", section: .pipeline, abstract: "Aggregate readings into windows, exactly once",
        discussion: """
            Reads a topic of readings, or of snapshots of many readings, and writes one result for each window of each \
            key: the mean with count, minimum, maximum and sum, and the latest of the carried fields. Results, late \
            readings, dead letters and the offsets of the input are committed in one transaction.

            The time of a reading is its own, never the wall clock's; the clock of a partition is the latest reading \
            it has seen. A window closes when the clock has passed its end and --grace, and never opens again: what \
            comes later goes to INPUT.late, what cannot be read to INPUT.dead with the reason in its headers.

            There is no state beside the log. After a crash the open windows are read again from it, and a job whose \
            rules have changed is not continued but replayed.

            Records are read and written over the job's own connections, which cost less than a client library. With \
            TLS or SASL, with a property of reading (fetch.min.bytes) or of writing (compression.codec), and after \
            lasting trouble, librdkafka does it.
            """,
        parameters: ProcessOptions.common + ProcessOptions.ofWindows + MetricsOption.all + BrokerOptions.all,
        examples: [
            Example("kappa process --window 10s", "From 'monitoring' to the topics of the five instruments."),
            Example("kappa process --drain", "Process what there is, close every window, stop."),
            Example(
                "kappa process -i trades -o bars --key symbol --value price --time at --carry '' --route ''",
                "Another stream: one output, one key."),
        ],
        subcommands: [map, wordcount],
        run: { context in try run(ProcessSettings(context: context).windows(), context) })

    private static let map = Command(
        "map", abstract: "Write one record for each record: a template or selected fields",
        parameters: [template, select],
        examples: [
            Example(
                "kappa process map --template '{value} has been transformed.' --input messages --output responses",
                "Answer each message."),
            Example(
                "kappa process map --input users --output people --select id=login.uuid:text,name.first,age:whole?",
                "Flat records out of nested ones, two of their fields with a type."),
        ],
        without: ProcessOptions.ofWindows,
        run: { context in
            let settings = ProcessSettings(context: context)
            try settings.refuseWindows()
            let output = try settings.oneOutput(default: "\(context[ProcessOptions.input]).mapped")
            let work = JobSpec.Work.map(try shape(context), try settings.filters())
            try run(settings.spec(work, outputs: output, suffix: ".map"), context)
        })

    private static let wordcount = Command(
        "wordcount", abstract: "Count words: of each line, or each word's running total",
        parameters: [per],
        examples: [
            Example("kappa process wordcount --input lines --output counts --per line", "How long each line is.")
        ],
        without: ProcessOptions.ofWindows,
        run: { context in
            let settings = ProcessSettings(context: context)
            try settings.refuseWindows()
            let output = try settings.oneOutput(default: "\(context[ProcessOptions.input]).counts")
            guard try settings.filters().isEmpty else { throw UsageError("--where: lines have no fields") }
            let work: JobSpec.Work = context[per] == .line ? .wordsPerLine : .runningWords
            try run(settings.spec(work, outputs: output, suffix: ".words"), context)
        })

    static func run(
        _ spec: JobSpec, _ context: CommandContext, prepared: (ProcessRun, JobBoard) throws -> Void = { _, _ in }
    ) throws {
        let run = try ProcessRun(spec, runSettings(context), voice: context.voice)
        guard !context[ProcessOptions.dryRun] else { return try show(run.plan, context) }
        try run.prepare()
        let stop = context.stop
        let board = run.board(stop)
        try prepared(run, board)
        // Its rules are those it began with, so it will work.
        StageChannel.tell(.doing(run.summary))
        StageChannel.tell(.ready)
        let server = try MetricsOption.serve(context) { MetricsPage(board.figures) }
        defer { server?.stop() }
        try run.run(board, until: stop)
    }

    static func runSettings(_ context: CommandContext) -> ProcessRun.Settings {
        let messages = context.messages
        let block = messages.terminal.isTerminal && messages.level != .quiet ? LiveBlock() : nil
        return ProcessRun.Settings(
            stats: context[ProcessOptions.stats],
            calibration: context[ProcessOptions.calibration].map { path in
                CalibrationWatch.Settings(
                    path: path, allowsUnmatched: context[ProcessOptions.allowUnmatched],
                    nearest: { Spelling.nearest(to: $0, among: $1) })
            },
            show: block.map { block in { block.show($0) } })
    }

    static func show(_ plan: [(what: String, value: String)], _ context: CommandContext) throws {
        try context.output.rows("plan", [Column("what"), Column("value")]) { rows in
            for (what, value) in plan { try rows.add([.text(what), .text(value)]) }
        }
    }

    private static func shape(_ context: CommandContext) throws -> MapTask.Shape {
        do throws(WordError) {
            switch (context[template], context[select]) {
            case (let text?, nil): return .template(try Template(text))
            case (nil, let fields?): return .selection(try Selection(fields))
            default: break
            }
        } catch {
            throw UsageError("\(context[template] == nil ? "--select" : "--template"): \(error.message)")
        }
        throw UsageError("give either --template or --select")
    }
}
