import KappaHTTP
import KappaJobs
import KappaStreams

// What each long-running command shows to Prometheus.

extension MetricsPage {
    /// A job's figures.
    init(_ figures: JobFigures) {
        self.init()
        let counts = figures.counts
        add("kappa_process_records_total", .counter, "Records read from the input.", Double(counts.records))
        add("kappa_process_results_total", .counter, "Results written.", Double(counts.results))
        add(
            "kappa_process_readings_total", .counter, "Readings, by what became of them.",
            [
                ([("end", "accepted")], Double(counts.accepted)), ([("end", "late")], Double(counts.late)),
                ([("end", "dead")], Double(counts.dead)), ([("end", "duplicate")], Double(counts.duplicates)),
                ([("end", "filtered")], Double(counts.filtered)),
            ])
        add("kappa_process_open_windows", .gauge, "Windows that are still open.", Double(figures.openWindows))
        guard let clock = figures.slowestClock else { return }
        add(
            "kappa_process_clock_timestamp_seconds", .gauge, "The event time that the slowest partition has reached.",
            Double(clock) / 1000)
    }

    /// A sink's figures.
    init(_ tally: SinkTally) {
        self.init()
        add("kappa_sink_rows_total", .counter, "Rows stored.", Double(tally.rows))
        add("kappa_sink_refused_rows_total", .counter, "Rows that the store refused.", Double(tally.refused))
        add("kappa_sink_batches_total", .counter, "Transactions of the store.", Double(tally.batches))
        add("kappa_sink_fenced_total", .counter, "Batches given up to another sink.", Double(tally.fenced))
    }

    /// The broker's own counters, by the names that its status file has.
    init(broker values: [(name: String, value: Int64)]) {
        self.init()
        for (name, value) in values {
            switch name {
            case "started_at_ms":
                add("kappa_broker_start_timestamp_seconds", .gauge, "When the broker started.", Double(value) / 1000)
            case "sync_microseconds":
                add("kappa_broker_sync_seconds_total", .counter, "Time spent in file syncs.", Double(value) / 1e6)
            case "topics", "partitions", "groups", "connections":
                add("kappa_broker_\(name)", .gauge, "The \(name) that there are.", Double(value))
            default:
                add("kappa_broker_\(name)_total", .counter, "\(Self.words(name)) since the start.", Double(value))
            }
        }
    }

    /// `bytes_fetched` as people say it: `Bytes fetched`.
    private static func words(_ name: String) -> String {
        let words = name.split(separator: "_").joined(separator: " ")
        return words.prefix(1).uppercased() + words.dropFirst()
    }
}
