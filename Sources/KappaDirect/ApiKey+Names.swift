import KappaWire

extension ApiKey {
    /// The last version in which topics go by their names and groups one by one: what came later is known to the codec
    /// for the broker's sake, and this side does not speak it.
    var newestWithNames: Int16 {
        switch self {
        case .produce: 9
        case .fetch: 12
        case .offsetFetch: 7
        case .deleteTopics: 5
        default: .max
        }
    }
}
