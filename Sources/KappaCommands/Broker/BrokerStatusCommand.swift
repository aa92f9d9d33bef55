import KappaArguments
import KappaBroker
import KappaCore
import KappaTerminal

/// `kappa broker status`: whether a data folder is served, and what the broker has counted.
enum BrokerStatusCommand {
    static let command = Command(
        "status", section: .log, abstract: "Show whether the broker runs, and what it has done",
        discussion: """
            The status is 0 if a broker serves the folder and 3 if none does. The counters are at most a second old \
            and begin at zero with each start.
            """,
        parameters: [EmbeddedBrokerOptions.data] + OutputOptions.all,
        examples: [Example("kappa broker status --json", "For a program.")],
        run: run)

    static func run(_ context: CommandContext) throws {
        let folder = BrokerFolder(try EmbeddedBrokerOptions.folder(context))
        guard let holder = folder.holder else {
            throw BrokerError(
                "no broker serves \(folder.path)", hint: "Start one: kappa broker start", kind: .unreachable)
        }
        var parts: [(column: Column, cell: Cell)] = [
            (Column("address"), .text(holder.address.description)),
            (Column("data"), .text(folder.path)),
            (Column("process"), .integer(holder.process)),
        ]
        for (name, value) in try folder.counters() {
            if name == "started_at_ms" {
                parts.append((Column("started_at"), .time(Timestamp(milliseconds: value))))
            } else if name.hasPrefix("bytes_") {
                parts.append((Column(name), .bytes(ByteCount(bytes: Int(value)))))
            } else {
                parts.append((Column(name), .integer(value)))
            }
        }
        try context.output.record("broker", parts)
    }
}
