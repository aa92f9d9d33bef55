import KappaCore
import KappaStreams

/// Looks after the calibration of a job: tells of lines without a reading once the log has been read to where it ends
/// for now, and again at the end.
package final class CalibrationWatch {
    /// In a stream that never rests every sensor should have spoken by then.
    private static let patience = Duration.seconds(60)
    /// How long no record may come until the log has been read.
    private static let rest = Duration.seconds(2)

    private let report: CalibrationReport
    private let settings: Settings
    private let drains: Bool
    private let voice: Voice
    private let board: JobBoard
    private let isFirstRun: Bool
    private let began = ContinuousClock.now
    private var records = 0
    private var lastChange = ContinuousClock.now
    private var told: [String] = []

    package struct Settings {
        /// The file that the calibration was read from.
        package var path: String
        /// A run is no failure even if no line belonged to a reading.
        package var allowsUnmatched: Bool
        /// The word among these that was probably meant.
        package var nearest: (_ word: String, _ words: [String]) -> String?

        package init(
            path: String, allowsUnmatched: Bool, nearest: @escaping (_ word: String, _ words: [String]) -> String?
        ) {
            self.path = path
            self.allowsUnmatched = allowsUnmatched
            self.nearest = nearest
        }
    }

    /// nil where the job has no calibration.
    init?(_ spec: JobSpec, _ settings: Settings?, _ board: JobBoard, voice: Voice, isFirstRun: Bool) {
        guard case .windows(let plan) = spec.work, !plan.calibration.isEmpty, let settings else { return nil }
        report = CalibrationReport(path: settings.path, calibration: plan.calibration, nearest: settings.nearest)
        (self.settings, self.board, self.voice) = (settings, board, voice)
        (drains, self.isFirstRun) = (spec.drains, isFirstRun)
    }

    func look() {
        guard told.isEmpty else { return }
        let records = board.figures.counts.records
        if records != self.records { (self.records, lastChange) = (records, .now) }
        let isResting = records > 0 && lastChange.duration(to: .now) > CalibrationWatch.rest
        guard isResting || began.duration(to: .now) > CalibrationWatch.patience else { return }
        told = report.lines
        for line in told { board.warn(line) }
    }

    /// Only of a job that has read its log from the beginning is it sure that a file is of no use at all.
    func end() throws {
        let lines = report.lines
        if lines != told { for line in lines { voice.warning(line) } }
        guard drains, isFirstRun, report.isUseless, !settings.allowsUnmatched else { return }
        throw report.failure
    }
}
