import KappaCore
import KappaStreams

/// Tells of the lines of a calibration file that no reading belonged to: a typing error there leaves a sensor raw.
struct CalibrationReport {
    /// More lines than this are counted, not listed.
    private static let mostListed = 10

    let path: String
    let calibration: Calibration
    /// The word among these that was probably meant.
    let nearest: (_ word: String, _ words: [String]) -> String?

    /// Nothing while every line has found its key, or nothing has come at all.
    var lines: [String] {
        let unmatched = calibration.unmatched
        guard !unmatched.isEmpty, calibration.use.isAny else { return [] }
        let keys = calibration.use.otherKeys
        var lines = unmatched.prefix(CalibrationReport.mostListed).map { line in
            let near = nearest(line.words, keys)
            let hint = near.map { "; there is '\(ForeignText.line($0))' without a line" } ?? ""
            return "\(path), line \(line.number): no reading came from '\(line.words)'\(hint)"
        }
        let rest = unmatched.count - lines.count
        if rest > 0 { lines.append("\(path): \(rest) more lines matched no reading") }
        return lines
    }

    /// Whether there were readings, and not one of them had a line.
    var isUseless: Bool { calibration.use.isAny && calibration.use.matchedLines.isEmpty }

    var failure: JobFailure {
        JobFailure(
            "no line of \(path) matched a reading: nothing was calibrated",
            hint: """
                correct the file and run 'kappa replay start --calibration \(path)', or accept it with --allow-unmatched
                """)
    }
}
