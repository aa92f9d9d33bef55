import Glibc
import KappaCore

/// A pipeline's figures as its supervisor leaves them beside the lock, for `kappa status`.
///
/// Lines of tab-separated words; a newer file replaces the older one whole.
package struct PipelineStatus: Equatable {
    package var time: Int64 = 0
    package var stages: [PipelineSnapshot.Stage] = []
    package var books = PipelineBooks()
    package var brokers = ""
    package var store = ""

    package static func path(in folder: String) -> String { "\(folder)/up.status" }

    package var text: String {
        let head = ["kappa-up\t1\t\(time)\t\(brokers)\t\(store)"]
        let figures =
            [books.produced, books.stored, books.windows, books.late, books.dead].map { "\($0)" }
            + [books.isComplete ? "complete" : "counting"]
        let lines = stages.map { stage in
            let numbers = [stage.rate.map { "\($0)" }, stage.lag.map { "\($0)" }, stage.total.map { "\($0)" }]
            let words = [
                "stage", stage.name, stage.state, "\(stage.restarts)",
                stage.pids.map { "\($0)" }.joined(separator: ","),
            ]
            return (words + numbers.map { $0 ?? "" } + [stage.unit, stage.note.filter { $0 != "\t" && $0 != "\n" }])
                .joined(separator: "\t")
        }
        return (head + ["books\t" + figures.joined(separator: "\t")] + lines).joined(separator: "\n") + "\n"
    }

    package init() {}

    package init?(text: String) {
        for line in text.split(separator: "\n") {
            let words = line.split(separator: "\t", omittingEmptySubsequences: false).map(String.init)
            switch words.first {
            case "kappa-up" where words.count == 5 && words[1] == "1":
                (time, brokers, store) = (Int64(words[2]) ?? 0, words[3], words[4])
            case "books" where words.count == 7:
                let figures = words[1...5].map { Int64($0) ?? 0 }
                books = PipelineBooks(
                    produced: figures[0], stored: figures[1], windows: figures[2], late: figures[3], dead: figures[4],
                    isComplete: words[6] == "complete")
            case "stage" where words.count == 10: stages.append(PipelineStatus.stage(words))
            default: return nil
            }
        }
        guard time != 0 else { return nil }
    }

    private static func stage(_ words: [String]) -> PipelineSnapshot.Stage {
        PipelineSnapshot.Stage(
            name: words[1], state: words[2], restarts: Int(words[3]) ?? 0,
            pids: words[4].split(separator: ",").compactMap { Int32($0) }, rate: Double(words[5]), lag: Int64(words[6]),
            total: Int64(words[7]), unit: words[8], note: words[9])
    }

    package static func read(in folder: String) -> PipelineStatus? {
        guard let text = try? TextFile.read(path(in: folder)) else { return nil }
        return PipelineStatus(text: text)
    }

    /// A reader finds the old text or the new one, never half of one. What cannot be written is not worth an end.
    package func write(in folder: String) {
        let path = PipelineStatus.path(in: folder)
        guard let file = fopen("\(path).new", "w") else { return }
        fputs(text, file)
        if fclose(file) == 0 { rename("\(path).new", path) }
    }
}
