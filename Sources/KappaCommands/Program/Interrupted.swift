import KappaCore

/// The clean end that a signal asked for.
struct Interrupted: Failure {
    let signal: Int32
    var kind: FailureKind { .interrupted(signal: signal) }
    var message: String { "stopped by signal \(signal)" }
}
