package import KappaCore

/// People are told beside a job of alarms, in the same program.
///
/// What goes wrong here ends nothing: how far the telling has come stands in the log, so it begins again there.
///
/// `@unchecked Sendable`: the notifier is handed over to the thread before it begins, and nobody else keeps it.
package final class NotifierThread: @unchecked Sendable {
    private var notifier: AlarmNotifier?
    private let settings: AlarmNotifier.Settings
    private let voice: Voice
    private let stop: StopSignal
    private var thread: WorkerThread?

    /// - Parameter waits: only notes who is to be told; the telling comes later.
    package init(_ settings: AlarmNotifier.Settings, voice: Voice, stop: StopSignal, waits: Bool) throws {
        (self.settings, self.voice, self.stop) = (settings, voice, stop)
        let notifier = try AlarmNotifier(settings, voice: voice, stop: stop)
        try notifier.begin()
        guard !waits else { return }
        self.notifier = notifier
        thread = try WorkerThread.begin("kappa-notify") { [unowned self] in run() }
    }

    private func run() {
        var pauses = BackOff(from: .seconds(1), to: .seconds(30))
        while !stop.isRequested {
            do {
                try (notifier ?? AlarmNotifier(settings, voice: voice, stop: stop)).run()
            } catch {
                let reason = (error as? any Failure)?.message ?? "\(error)"
                voice.warning("telling people starts again: \(reason)")
            }
            notifier = nil
            _ = stop.wait(pauses.pause())
        }
    }

    package func join() { thread?.join() }
}
