import KappaArguments
import KappaCore
import KappaJobs
import KappaStores

/// What the commands about generations share.
enum GenerationOptions {
    static let job = Option<String>("job", type: .string("JOB"), default: StandardTopics.input, help: "The job.")
    static let number = Argument<Int?>(
        "GENERATION", type: .generation, help: "The generation (default: the newest that is not active).")
    static let named = Argument<Int>("GENERATION", type: .generation, help: "The generation.")
    static let table = Option<String>(
        "table", type: .string("NAME"), default: "record", help: "The view's name in the store.",
        discussion: "The rows of generation N lie in NAME__gN; NAME shows those of the active one.")
    static let yes = Flag("yes", short: "y", help: "Do not ask.")

    /// The store, only where it is named: without it, it is the topics alone that are meant.
    static func store(_ context: CommandContext) throws -> GenerationStore? {
        let view = try ViewName.chosen(context, table)
        guard context.isGiven(StoreOptions.store) else { return nil }
        return GenerationStore(try StoreAddress.chosen(context), view: view)
    }
}

extension ValueType where Value == Int {
    /// The number of a generation; a shell offers those that there are.
    static var generation: Self {
        var type = ValueType.integer(1...1_000_000)
        type.completion = .dynamic("generations")
        return type
    }
}
