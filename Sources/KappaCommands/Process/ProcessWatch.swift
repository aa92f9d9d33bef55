import Glibc
import KappaCore
import KappaJobs
import KappaKafka
import KappaStreams
import KappaTerminal
import SwiftOverlayShims

/// Says how the job stands: a live block on a terminal, a line at the start and at the stop elsewhere, figures to a
/// file.
final class ProcessWatch {
    private let spec: JobSpec
    /// Who waits for a broker that is away shows nothing, and does not see the end.
    private lazy var client: KafkaClient? = {
        var kafka = spec.kafka
        kafka.timeout = min(kafka.timeout, .seconds(1))
        return try? KafkaClient(kafka)
    }()
    private let messages: Messages
    private let began = ContinuousClock.now
    private var lastLook = ContinuousClock.now
    private var lastRecords = 0
    private var rate = 0.0
    private var lag: Int64?
    private var drawn: [String] = []
    private var descriptor: Int32 = -1

    init(_ spec: JobSpec, path: String?, context: CommandContext) throws {
        self.spec = spec
        messages = context.messages
        guard let path else { return }
        descriptor = path == "-" ? 1 : open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0o644)
        guard descriptor >= 0 else {
            throw ProcessFailure("--stats: '\(path)' cannot be written: \(String(cString: strerror(errno)))")
        }
    }

    deinit { if descriptor > 2 { close(descriptor) } }

    func begin() {
        var line = "processing \(spec.input) as '\(spec.name)'"
        if case .windows(let plan) = spec.work {
            let window = Duration.milliseconds(plan.sizeMilliseconds).word
            line += ", windows of \(window), grace \(Duration.milliseconds(plan.graceMilliseconds).word)"
        }
        messages.note(line)
    }

    var isLive: Bool { messages.terminal.isTerminal && messages.level != .quiet }

    /// Looks once a second, and says at once what the workers have to say.
    func look(_ board: JobBoard) {
        say(board.takeWords())
        let elapsed = lastLook.duration(to: .now)
        guard elapsed >= .seconds(1), isLive || descriptor >= 0 else { return }
        let figures = board.figures
        rate = Double(figures.counts.records - lastRecords) / elapsed.seconds
        lastRecords = figures.counts.records
        lastLook = .now
        lag = remaining(figures)
        if isLive { draw(figures) }
        if descriptor >= 0 { write(json(figures, isLast: false)) }
    }

    /// Above the block, which the next look draws again.
    private func say(_ words: [JobBoard.Words]) {
        if !words.isEmpty { clear() }
        for word in words {
            switch word {
            case .note(let text): messages.note(text)
            case .detail(let text): messages.detail(text)
            case .warning(let text): messages.warning(text)
            }
        }
    }

    func end(_ board: JobBoard) throws {
        let figures = board.figures
        say(board.takeWords())
        clear()
        let seconds = began.duration(to: .now).seconds
        rate = Double(figures.counts.records) / max(seconds, 0.001)
        if descriptor >= 0 { write(json(figures, isLast: true)) }
        let counts = figures.counts
        var line = "processed \(counts.records) records in \(Duration.milliseconds(Int64(seconds * 1000)).word): "
        line += "\(counts.results) results, \(counts.late) late, \(counts.dead) dead"
        if counts.duplicates > 0 { line += ", \(counts.duplicates) duplicates" }
        if counts.filtered > 0 { line += ", \(counts.filtered) left out" }
        messages.note(line)
    }

    private func remaining(_ figures: JobFigures) -> Int64? {
        let positions = figures.positions.filter { $0.key.topic == spec.input }
        // Between two sessions there are none; what is left to read is no less for that.
        guard !positions.isEmpty else { return lag }
        guard let logs = try? client?.watermarks(of: Array(positions.keys)) else { return lag }
        return positions.reduce(0) { $0 + max(0, (logs[$1.key]?.high ?? $1.value) - $1.value) }
    }

    // MARK: The live block

    private func draw(_ figures: JobFigures) {
        let clock = figures.slowestClock.map { Timestamp(milliseconds: $0).rfc3339 } ?? "-"
        let counts = figures.counts
        let lines = [
            "\(spec.name): \(Int(rate))/s, \(counts.records) records, lag \(lag.map(String.init) ?? "?")",
            "clock \(clock), \(figures.openWindows) open windows, \(counts.results) results",
            "\(counts.late) late, \(counts.dead) dead",
        ]
        let width = max(20, Terminal.columns(2) - 1)
        var text = eraser
        drawn = lines.map { String($0.prefix(width)) }
        for line in drawn { text += "\(line)\n" }
        put(text, to: 2)
    }

    private func clear() {
        put(eraser, to: 2)
        drawn = []
    }

    /// Back to the block's first row: in a terminal that became narrower its lines take several rows each.
    private var eraser: String {
        guard !drawn.isEmpty else { return "" }
        let width = max(1, Terminal.columns(2))
        let rows = drawn.reduce(0) { $0 + max(1, ($1.count + width - 1) / width) }
        return "\r\u{1B}[\(rows)A\u{1B}[J"
    }

    private func put(_ text: String, to descriptor: Int32) {
        var text = text
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

    private func write(_ line: String) { put(line + "\n", to: descriptor) }

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
