/// A part of the pipeline that the supervisor keeps running, as far as the pure machine needs to know it.
package struct StagePlan: Equatable, Sendable {
    /// What a stage is for; there may be several jobs, and one of everything else.
    package enum Role: Equatable, Sendable {
        case broker, topics, source, job, page, sink, audit
        /// The job of alarms, and what keeps its topics in the store.
        case alarms
        case alarmView(topic: String, table: String)
    }

    enum Kind: Equatable, Sendable {
        /// Runs until it is told to stop.
        case service
        /// Runs to its end, once.
        case task
        /// Where the readings come from: its end is the end of the pipeline, once all is drained.
        case source
        /// Runs once, after everything before it has been drained: the audit of the books.
        case audit
    }

    package var name: String
    package var role: Role
    /// What must be ready before this one starts, and outlive it.
    var needs: [String] = []
    /// How long it may take to stop before it is killed.
    var patience: Duration = .seconds(10)

    var kind: Kind {
        switch role {
        case .broker, .job, .page, .sink, .alarms, .alarmView: .service
        case .topics: .task
        case .source: .source
        case .audit: .audit
        }
    }

    /// It tells over its channel when it is ready; the others are once they run.
    var tellsWhenReady: Bool { [.broker, .job, .page, .alarms].contains(role) }

    /// Whether it has a way to finish what there is and end: `--drain`.
    var drains: Bool {
        switch role {
        case .job, .sink, .audit, .alarms, .alarmView: true
        case .broker, .topics, .source, .page: false
        }
    }
}
