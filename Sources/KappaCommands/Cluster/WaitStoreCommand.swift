import KappaArguments
import KappaCore
import KappaStores

/// `kappa wait store`: until the view store answers, and holds enough rows.
enum WaitStoreCommand {
    static let rows = Option<Int64?>(
        "rows", type: .integer(0...Int64.max), help: "Wait until the view holds at least this many rows.")
    static let table = Option<String>("table", type: .string("NAME"), default: "record", help: "The view.")

    static let command = Command(
        "store", abstract: "Wait until a view store answers",
        parameters: [rows, table, WaitCommand.timeout] + StoreOptions.all,
        examples: [Example("kappa wait store --rows 100", "Until a hundred windows are stored.")]
    ) { context in
        let address = try StoreAddress.chosen(context)
        let target = ViewTarget(view: try ViewName.chosen(context, table), shape: .results)
        try WaitCommand.until("the store \(address.name)", context) {
            let status = try address.open(for: .reading).status(of: target)
            guard let wanted = context[rows] else { return nil }
            let count = status.rows ?? 0
            return count >= wanted ? nil : "'\(target.view)' holds \(count) rows"
        }
    }
}
