import Glibc
import KappaCore

/// A pipeline file: settings in the usual format, read before all others by `kappa up` and by every stage it starts.
enum PipelineFile {
    /// Begins anew with the file in the environment, where this process and its children find it.
    ///
    /// The values of this run were read before the file was known, so the program starts over, as the same process.
    static func adopt(_ file: String) throws {
        guard let resolved = realpath(file, nil) else {
            throw UsageError("--file: \(file) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        let path = String(cString: resolved)
        guard Environment.value(Environment.pipelineFile) != path else { return }
        setenv(Environment.pipelineFile, path, 1)
        let words = ProcessArguments.all.map { strdup($0) } + [nil]
        if let program = ProcessArguments.program { execv(program, words) }
        throw CommandFailure("kappa cannot start over: \(String(cString: strerror(errno)))")
    }

    /// What `kappa up` does by itself, written down.
    static let standard = """
        # A pipeline for kappa up -f FILE. Lines are option = value; a command's name before the option makes it that
        # command's alone. What is left out has its default; a # at the start of a line makes it a comment.

        # Where readings come from: simulate or none; or a REST source to poll.
        up.source = simulate
        # up.http = http://127.0.0.1:8000/params/all
        # up.rate = 1000/s

        # Without these two, kappa up runs its own broker and its own SQLite file in this folder.
        # up.data = /var/lib/kappa
        # brokers = kafka-1:9092,kafka-2:9092
        # store = postgres://site@db/monitoring

        # The job: readings into windows.
        process.window = 10s
        process.grace = 10s

        # The view.
        # sink.sqlite.linger = 250ms

        # Figures for Prometheus at http://127.0.0.1:9644/metrics
        # up.metrics = 127.0.0.1:9644

        # A second job beside the first, with settings of its own; all its results go to one topic.
        # up.job = hourly
        #
        # [profile hourly]
        # process.window = 1h
        # process.output = hourly
        # process.route = ""

        """
}
