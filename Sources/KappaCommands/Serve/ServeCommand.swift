import KappaArguments
import KappaCore
import KappaDashboard
import KappaHTTP
import KappaKafka
import KappaNetwork
import KappaPipeline
import KappaStores
import KappaStreams
import KappaTerminal

/// `kappa serve`: the page that everybody on the site looks at.
enum ServeCommand {
    static let listen = Option<ListenAddress>(
        "listen", type: .address, default: "127.0.0.1:8080", help: "Where to listen; port 0 picks a free one.")
    static let nextPort = Flag("next-port", help: "Where the port is taken, listen on the next one that is free.")
    static let hosts = Option<[String]>(
        "host", type: .string("NAME"), help: "Also answer to this host name, beside localhost and IP addresses.")
    static let users = Option<String?>(
        "users", type: .file, help: "Users who may sign in: a file with lines of name:password.",
        discussion: "The same file as the broker's; only its owner may be able to read it.")
    static let certificate = Option<String?>(
        "tls-cert", type: .file, help: "Speak HTTPS, with this certificate chain (PEM).")
    static let key = Option<String?>(
        "tls-key", type: .file, help: "The certificate's key, where it is not in its file.")
    static let changes = Flag(
        "allow-changes", help: "Let operators change things by the page (needs --users).",
        discussion: """
            Acknowledge and shelve alarms, produce records, show another generation. Who is an operator stands in the \
            users file: a line '@operator ann bob' or '@admin ann'. Whoever is not named there looks on.
            """)
    static let pages = Option<String?>(
        "pages", type: .directory, help: "Serve the page's files from this folder, to work on them.")

    static let command = Command(
        "serve", section: .views, abstract: "Serve the page: live state, charts, log, lag, reports",
        discussion: """
            One page for everybody on the site: which instruments report, each one's chart, a pivot, the log itself, \
            jobs and their lag, what is missing, a report for each day. It is live, needs no other server and no \
            account, and it only reads: nothing that a visitor does changes anything, unless --allow-changes lets \
            operators acknowledge alarms, produce records and switch generations.

            It listens on this machine alone unless told otherwise; beyond it, visitors sign in (--users) over HTTPS \
            (--tls-cert).

            The same numbers are files for other programs: /data/readings.csv?instrument=piezometer&from=7d, .ndjson \
            and .xlsx too; /openapi.json describes every address. Its view 'Settings' has ready lines for Grafana, \
            Power BI and pandas. With ?kiosk&rotate=30s&pages=,completeness the page is for a wall.
            """,
        parameters: [
            listen, nextPort, hosts, users, changes, certificate, key, pages, QueryCommand.levels, AlarmOptions.topic,
        ]
            + ServeOptions.shared + StoreOptions.all + BrokerOptions.all + OutputOptions.all,
        examples: [
            Example("kappa serve --site 'Station North' --zone Europe/London", "At http://127.0.0.1:8080."),
            Example(
                "kappa serve --listen 0.0.0.0:8443 --users users --tls-cert site.pem --host monitor.example",
                "For the whole network."),
        ],
        run: run)

    static func run(_ context: CommandContext) throws {
        let dashboard = try dashboard(context)
        defer { dashboard.stop() }
        try context.output.record("page", [(Column("address"), .text(dashboard.url))])
        try context.output.flush()
        StageChannel.tell(.doing(dashboard.url))
        StageChannel.tell(.ready)
        let stop = context.stop
        while !stop.wait(.seconds(3600)) {}
        throw Interrupted(signal: stop.signal ?? 0)
    }

    /// How many ports are tried.
    private static let mostPorts: UInt16 = 50

    private static func dashboard(_ context: CommandContext) throws -> Dashboard {
        var settings = try settings(context)
        let first = settings.listen
        guard context[nextPort], first.port > 0 else { return try Dashboard(settings) }
        for port in first.port..<first.port + min(mostPorts, .max - first.port) {
            settings.listen = ListenAddress(host: first.host, port: port)
            do {
                let dashboard = try Dashboard(settings)
                if port != first.port { context.messages.note("\(first) is taken by something else") }
                return dashboard
            } catch  where !settings.listen.isFree { continue }
        }
        settings.listen = first
        return try Dashboard(settings)
    }

    private static func settings(_ context: CommandContext) throws -> DashboardSettings {
        var settings = DashboardSettings(
            listen: context[listen], name: context[ServeOptions.site], version: Versions.kappa,
            zone: try ServeOptions.zone(context), store: try StoreAddress.chosen(context),
            view: try ServeOptions.view(context), brokers: try context.kafka())
        settings.hosts = context[hosts]
        settings.pagesFolder = context[pages]
        settings.allowsChanges = context[changes]
        settings.voice = context.voice
        settings.alarms = context[AlarmOptions.topic]
        settings.levels = try levels(context)
        settings.users = try context[users].map { try Users(file: $0) }
        guard context[key] == nil || context[certificate] != nil else {
            throw UsageError("--tls-key needs --tls-cert")
        }
        settings.tls = try context[certificate].map { try TLSContext(certificate: $0, key: context[key] ?? $0) }
        return settings
    }

    /// A register with a fault is refused at the start; one that gets a fault later shows no levels until it is mended.
    private static func levels(_ context: CommandContext) throws -> @Sendable () -> Levels? {
        guard let path = context[QueryCommand.levels] else { return { nil } }
        let key = WindowPlan().key
        _ = try RegisterFile.read(path, key: key)
        return { (try? RegisterFile.read(path, key: key)).map { Levels($0, key: key) } }
    }
}
