import Glibc
import KappaArguments
import KappaCore
import KappaDashboard
import KappaStores
import KappaTerminal

/// `kappa report`: a day on paper, for cron.
enum ReportCommand {
    static let day = Option<String>(
        "day", type: .string("DAY"), default: "yesterday", help: "The day: today, yesterday, or one such as 2026-11-28."
    )
    static let to = Option<String?>(
        "to", type: .file, help: "The file to write (default: report-DAY.html here).")
    static let pdf = Flag("pdf", help: "Make a PDF of it too, where Chromium is installed.")

    static let command = Command(
        "report", section: .views, abstract: "Write the report of a day as one HTML file",
        discussion: """
            A chart of each instrument, the greatest changes, what is missing, and room for remarks and a signature: \
            one file that needs no other, to print, mail or keep. The page shows the same report at /report.
            """,
        parameters: [day, to, pdf] + ServeOptions.shared + StoreOptions.all + OutputOptions.all,
        examples: [
            Example("kappa report --site 'Station North' --pdf", "Yesterday, as HTML and PDF."),
            Example("kappa report --day 2026-11-28 --to /srv/reports/today.html", "Another day."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let zone = try ServeOptions.zone(context)
        let name = try dayName(context[day], zone)
        let path = context[to] ?? "report-\(name).html"
        let report = try DayReport(
            site: context[ServeOptions.site], day: name, zone: zone,
            pool: StorePool(try StoreAddress.chosen(context)), view: try ServeOptions.view(context))
        try write(report.html, to: path)
        var made = [(Column("file"), Cell.text(path))]
        if context[pdf] {
            let file = (path.hasSuffix(".html") ? String(path.dropLast(5)) : path) + ".pdf"
            try PDFPrinter.print(path, to: file)
            made.append((Column("pdf"), .text(file)))
        }
        try context.output.record("report", made)
        try context.output.flush()
    }

    private static func dayName(_ word: String, _ zone: SiteZone) throws -> String {
        let now = Timestamp.now.milliseconds
        switch word {
        case "today": return String(zone.stamp(now).prefix(10))
        case "yesterday":
            // Noon of today less a day is yesterday, whatever the clocks did in the night.
            guard let today = zone.day(String(zone.stamp(now).prefix(10))) else { return "" }
            return String(zone.stamp(today.from - 43_200_000).prefix(10))
        default:
            guard zone.day(word) != nil else {
                throw UsageError("--day: '\(word)' is neither today, yesterday nor a day such as 2026-11-28")
            }
            return word
        }
    }

    private static func write(_ text: String, to path: String) throws {
        guard let file = fopen(path, "we") else {
            throw CommandFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
        let bytes = Array(text.utf8)
        let written = fwrite(bytes, 1, bytes.count, file)
        guard fclose(file) == 0, written == bytes.count else {
            throw CommandFailure("cannot write \(path): \(String(cString: strerror(errno)))")
        }
    }
}
