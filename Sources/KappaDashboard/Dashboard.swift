import KappaCore
package import KappaHTTP
import KappaKafka
import KappaNetwork
import KappaStores

/// `kappa serve`: the page, its feed and the doors, behind one server. It only reads.
package final class Dashboard: Sendable {
    package let server: HTTPServer
    private let feed: Feed
    private let watch: BrokerWatch
    private let alarms: AlarmWatch

    package var url: String { "http\(isSecure ? "s" : "")://\(server.address)/" }
    private let isSecure: Bool

    /// Threads that ask the store and the log; the server's own waits for nobody.
    private static let workers = 4

    package init(_ settings: DashboardSettings) throws {
        try Dashboard.refuseOpenDoors(settings)
        let pages = Pages(folder: settings.pagesFolder)
        let answers = ViewAnswers(pool: StorePool(settings.store), view: settings.view)
        let watch = BrokerWatch(settings.brokers)
        let site = Site(settings: settings, build: pages.build, started: Timestamp.now.milliseconds)
        let alarmWatch = AlarmWatch(topic: settings.alarms, settings.brokers)
        let alarms = AlarmAnswers(watch: alarmWatch, brokers: settings.brokers)
        let feed = Feed(answers, alarms, hello: { site.hello }, lag: { watch.lag })
        let generations = GenerationAnswers(settings.brokers, store: settings.generationStore, levels: settings.levels)
        let signIn = SignIn(settings.users, allowsChanges: settings.allowsChanges) { site.hello }
        let routes = Routes(
            site: site, pages: pages, answers: answers, watch: watch, feed: feed, alarms: alarms,
            generations: generations, signIn: signIn)
        let router = Router(routes.all)
        var serving = HTTPServerSettings()
        serving.workers = Dashboard.workers
        serving.hosts = HostRule(listen: settings.listen, names: settings.hosts)
        serving.tls = settings.tls
        // Whoever signs in sends something too; what else may be sent the routes say.
        serving.isReadOnly = settings.users == nil
        server = try HTTPServer(listen: settings.listen, settings: serving) { request in
            PageSecurity.secured(router.answer(request, role: signIn.role), request)
        }
        isSecure = settings.tls != nil
        self.feed = feed
        self.watch = watch
        self.alarms = alarmWatch
        feed.start()
        watch.start()
        alarmWatch.start()
    }

    package func stop() {
        feed.stop()
        server.stop()
        watch.stop()
        alarms.stop()
    }

    /// What everybody in the network can read, somebody decided that they may.
    private static func refuseOpenDoors(_ settings: DashboardSettings) throws {
        guard !settings.allowsChanges || settings.users?.canChangeAnything == true else {
            throw HTTPError(
                .usage, "changes need somebody who may make them, and no user is an operator",
                hint: "Name the users with --users FILE, in which a line '@operator NAME' says who is one.")
        }
        guard !settings.listen.isLoopback else { return }
        guard settings.users != nil else {
            throw HTTPError(
                .usage, "\(settings.listen) can be reached from other machines, and nobody has to sign in there",
                hint: "Name the users with --users FILE, or listen on 127.0.0.1 behind a server that asks who it is.")
        }
        guard settings.tls != nil else {
            throw HTTPError(
                .usage,
                "\(settings.listen) can be reached from other machines, and passwords would go there in the open",
                hint: "Give a certificate with --tls-cert and --tls-key.")
        }
    }
}

/// What the page is told of the site.
struct Site: Sendable {
    let settings: DashboardSettings
    let build: String
    let started: Int64

    var hello: [UInt8] {
        var json = JSONWriter()
        json.object {
            $0.key("name", settings.name)
            $0.key("version", settings.version)
            $0.key("build", build)
            $0.key("zone", settings.zone.name)
            $0.key("now", Timestamp.now.milliseconds)
        }
        return json.bytes
    }
}
