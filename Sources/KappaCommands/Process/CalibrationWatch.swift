import KappaCore
import KappaJobs
import KappaStreams
import KappaTerminal

/// Looks after the calibration of a job: tells of lines without a reading once the log has been read to where it ends
/// for now, and again at the end.
final class CalibrationWatch {
    /// In a stream that never rests every sensor should have spoken by then.
    private static let patience = Duration.seconds(60)
    /// How long no record may come until the log has been read.
    private static let rest = Duration.seconds(2)

    private let report: CalibrationReport
    private let context: CommandContext
    private let board: JobBoard
    private let isFirstRun: Bool
    private let began = ContinuousClock.now
    private var records = 0
    private var lastChange = ContinuousClock.now
    private var told: [String] = []

    /// nil where the job has no calibration.
    init?(_ spec: JobSpec, _ context: CommandContext, _ board: JobBoard, isFirstRun: Bool) {
        guard case .windows(let plan) = spec.work, !plan.calibration.isEmpty,
            let path = context[ProcessOptions.calibration]
        else { return nil }
        report = CalibrationReport(path: path, calibration: plan.calibration)
        (self.context, self.board, self.isFirstRun) = (context, board, isFirstRun)
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
        if lines != told { for line in lines { context.messages.warning(line) } }
        guard context[ProcessOptions.drain], isFirstRun, report.isUseless, !context[ProcessOptions.allowUnmatched]
        else { return }
        throw report.failure
    }
}
