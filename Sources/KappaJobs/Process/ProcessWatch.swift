import Glibc
import KappaCore
import KappaKafka
import KappaStreams
import SwiftOverlayShims

/// Says how the job stands: each second to whoever shows it, a line at the start and at the stop elsewhere, figures
/// to a file.
final class ProcessWatch {
    private let spec: JobSpec
    /// Waits a second at most for a broker: nothing is drawn meanwhile, and the end of the job is not seen.
    private lazy var client: KafkaClient? = {
        var kafka = spec.kafka
        kafka.timeout = min(kafka.timeout, .seconds(1))
        return try? KafkaClient(kafka)
    }()
    private let voice: Voice
    private let show: (([String]) -> Void)?
    private let began = ContinuousClock.now
    private var lastLook = ContinuousClock.now
    private var lastRecords = 0
    private var rate = 0.0
    private var lag: Int64?
    private var descriptor: Int32 = -1

    init(_ spec: JobSpec, voice: Voice, show: (([String]) -> Void)?) {
        self.spec = spec
        self.voice = voice
        self.show = show
    }

    /// Writes the figures of each second there, too.
    func open(_ path: String) throws {
        descriptor = path == "-" ? 1 : Glibc.open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ProcessFailure("--stats: '\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor > 2 { close(descriptor) } }

    /// What the job does, in a few words.
    var summary: String {
        guard case .windows(let plan) = spec.work else { return "" }
        let window = Duration.milliseconds(plan.sizeMilliseconds).word
        return "windows of \(window), grace \(Duration.milliseconds(plan.graceMilliseconds).word)"
    }

    func begin() {
        voice.note("processing \(spec.input) as '\(spec.name)'" + (summary.isEmpty ? "" : ", \(summary)"))
    }

    var isLive: Bool { show != nil }

    /// Looks once a second, and says at once what the workers have to say.
    func look(_ board: JobBoard) {
        say(board.takeWords())
        let elapsed = lastLook.duration(to: .now)
        guard elapsed >= .milliseconds(900), isLive || descriptor >= 0 else { return }
        let figures = board.figures
        rate = Double(figures.counts.records - lastRecords) / elapsed.seconds
        lastRecords = figures.counts.records
        lastLook = .now
        lag = remaining(figures)
        if let show { show(lines(figures)) }
        if descriptor >= 0 { write(json(figures, isLast: false)) }
    }

    /// Above the block, which the next look draws again.
    private func say(_ words: [JobBoard.Words]) {
        if !words.isEmpty { show?([]) }
        for word in words {
            switch word {
            case .note(let text): voice.note(text)
            case .detail(let text): voice.detail(text)
            case .warning(let text): voice.warning(text)
            }
        }
    }

    func end(_ board: JobBoard) {
        let figures = board.figures
        say(board.takeWords())
        show?([])
        let seconds = began.duration(to: .now).seconds
        rate = Double(figures.counts.records) / max(seconds, 0.001)
        if descriptor >= 0 { write(json(figures, isLast: true)) }
        let counts = figures.counts
        var line = "processed \(counts.records) records in \(Duration.milliseconds(Int64(seconds * 1000)).word): "
        line += "\(counts.results) results, \(counts.late) late, \(counts.dead) dead"
        if counts.duplicates > 0 { line += ", \(counts.duplicates) duplicates" }
        if counts.filtered > 0 { line += ", \(counts.filtered) left out" }
        voice.note(line)
    }

    private func remaining(_ figures: JobFigures) -> Int64? {
        let positions = figures.positions.filter { $0.key.topic == spec.input }
        // Between two sessions there are none; what is left to read is no less for that.
        guard !positions.isEmpty else { return lag }
        guard let logs = try? client?.watermarks(of: Array(positions.keys)) else { return lag }
        return positions.reduce(0) { $0 + max(0, (logs[$1.key]?.high ?? $1.value) - $1.value) }
    }

    private func lines(_ figures: JobFigures) -> [String] {
        let clock = figures.slowestClock.map { Timestamp(milliseconds: $0).rfc3339 } ?? "-"
        let counts = figures.counts
        return [
            "\(spec.name): \(Int(rate))/s, \(counts.records) records, lag \(lag.map(String.init) ?? "?")\(timeLeft(counts))",
            "clock \(clock), \(figures.openWindows) open windows, \(counts.results) results",
            "\(counts.late) late, \(counts.dead) dead",
        ]
    }

    /// Of a run with an end: how much is done, and how long the rest takes at the rate so far.
    private func timeLeft(_ counts: JobCounts) -> String {
        guard spec.drains, let lag, counts.records > 0 else { return "" }
        let share = Double(counts.records) / Double(Int64(counts.records) + lag)
        let perSecond = Double(counts.records) / max(began.duration(to: .now).seconds, 0.001)
        let left = Duration.seconds(Int64((Double(lag) / perSecond).rounded(.up)))
        return ", \(Int(share * 100)) %, \(left.word) left"
    }

    private func write(_ line: String) {
        var text = line + "\n"
        text.withUTF8 { bytes in
            var rest = UnsafeRawBufferPointer(bytes)[...]
            while !rest.isEmpty {
                let count = Glibc.write(descriptor, UnsafeRawBufferPointer(rebasing: rest).baseAddress, rest.count)
                if count < 0, errno == EINTR { continue }
                guard count > 0 else { return }
                rest = rest.dropFirst(count)
            }
        }
    }

    // MARK: Figures

    private func json(_ figures: JobFigures, isLast: Bool) -> String {
        var writer = ByteWriter()
        writer.append(literal: "{\"version\":1,\"job\":")
        writer.append(quoted: spec.name)
        var usage = rusage()
        getrusage(__rusage_who_t(RUSAGE_SELF.rawValue), &usage)
        let cpu =
            Double(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec)
            + Double(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6
        let counts = figures.counts
        let numbers: [(StaticString, Int)] = [
            (",\"records\":", counts.records), (",\"accepted\":", counts.accepted), (",\"late\":", counts.late),
            (",\"dead\":", counts.dead), (",\"duplicates\":", counts.duplicates), (",\"filtered\":", counts.filtered),
            (",\"results\":", counts.results), (",\"open_windows\":", figures.openWindows),
            (",\"resident_bytes\":", Int(usage.ru_maxrss) * 1024),
        ]
        for (name, value) in numbers {
            writer.append(literal: name)
            writer.append(decimal: Int64(value))
        }
        writer.append(literal: ",\"per_second\":")
        writer.append(number: rate.rounded())
        writer.append(literal: ",\"seconds\":")
        writer.append(number: began.duration(to: .now).seconds)
        writer.append(literal: ",\"cpu_seconds\":")
        writer.append(number: cpu)
        writer.append(literal: ",\"lag\":")
        writer.append(text: lag.map(String.init) ?? "null")
        writer.append(literal: ",\"clock\":")
        writer.append(text: figures.slowestClock.map { "\"\(Timestamp(milliseconds: $0))\"" } ?? "null")
        writer.append(literal: isLast ? ",\"ended\":true}" : ",\"ended\":false}")
        return String(decoding: writer.bytes, as: UTF8.self)
    }
}

extension Duration {
    fileprivate var seconds: Double { Double(wholeMilliseconds) / 1000 }
}
