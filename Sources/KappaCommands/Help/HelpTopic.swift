import KappaArguments
import KappaCore

/// What `kappa help` explains besides the commands.
struct HelpTopic: Sendable {
    let name: String
    let abstract: String
    let text: String

    static let all = [exitStatus, settings, units, times, output]

    static let exitStatus = HelpTopic(
        name: "exit-status", abstract: "What the exit statuses mean",
        text: ExitStatus.table.map { row in
            "  " + String(repeating: " ", count: 3 - row.status.count) + row.status + "  " + row.meaning
        }.joined(separator: "\n"))

    static let settings = HelpTopic(
        name: "settings", abstract: "Where values come from, and the format of the settings files",
        text: """
            A value comes from the first of these that has it: the command line, the environment (KAPPA_WINDOW for \
            --window), ./kappa.conf, $XDG_CONFIG_HOME/kappa/kappa.conf, /etc/kappa/kappa.conf, the default. A \
            profile (--profile NAME, KAPPA_PROFILE, or profile = NAME in a file) takes precedence over the general \
            part of every file.

            A settings file holds lines of key = value. The key is the long name of an option; with the name of a \
            command before it, it holds for that command alone. A line that begins with # is a comment, and \
            [profile NAME] begins a profile.

              brokers = kafka1:9092,kafka2:9092
              process.window = 10s

              [profile local]
              brokers = localhost:9092

            A secret is never written on the command line: it is kept in a file (file:PATH), in the environment \
            (env:NAME), or asked for (prompt).

            A settings file that every user of the machine can change, or that belongs to another user, is not read; \
            'kappa config check' names one that holds a password and that others can read.
            """)

    static let units = HelpTopic(
        name: "units", abstract: "How durations, sizes, rates and shares are written",
        text: """
            A duration: 250ms, 10s, 5m, 1.5h, 7d, 2w, or a sum such as 1h30m.

            A size: 512, 10kB (a thousand), 64KiB or 64K (1024), MiB, GiB, TiB.

            A rate: 1000/s, 5k/s, 90/m, 12/h.

            A share: 2% or 0.02.
            """)

    static let times = HelpTopic(
        name: "times", abstract: "How a moment is written",
        text: """
            RFC 3339 (2022-04-15T22:06:38Z, 2022-04-15T22:06:38.737+02:00), a date alone (its midnight in UTC), \
            @1650060398 or @1650060398737 (seconds or milliseconds since 1970), -1h (that long ago), now, today, \
            yesterday (midnights in UTC).
            """)

    static let output = HelpTopic(
        name: "output", abstract: "Tables, JSON, CSV and colours",
        text: """
            Data goes to standard output, messages to standard error. Without an option data is a table for people; \
            --json is one document with a version, a kind and the items; --ndjson one object on each line; --csv \
            has a header. Programs get times in RFC 3339, durations in milliseconds and sizes in bytes.

            Colours are used on a terminal, unless NO_COLOR is set or TERM is dumb; --color always and --color never \
            decide it. Progress is shown on a terminal alone, and -q leaves it out. When the reader closes the pipe, \
            as head does, the program ends silently with status 141.
            """)
}
