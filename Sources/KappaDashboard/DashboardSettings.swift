package import KappaCore
package import KappaHTTP
import KappaJobs
package import KappaKafka
package import KappaNetwork
package import KappaStores

/// What the page stands on.
package struct DashboardSettings: Sendable {
    package var listen: ListenAddress
    /// The site's name, at the top of every page.
    package var name: String
    package var version: String
    package var zone: SiteZone
    package var store: StoreAddress
    package var view: ViewName
    package var brokers: KafkaConfiguration
    /// Names besides `localhost` and addresses in digits that it answers to.
    package var hosts: [String] = []
    package var pagesFolder: String?
    /// The topic of alarms.
    package var alarms = "alarms"
    /// The review levels, read anew at each question: somebody may have changed them. Nil where there is no register.
    package var levels: @Sendable () -> Levels? = { nil }
    package var users: Users?
    package var tls: TLSContext?
    /// Operators may change things by the page; without it nobody can.
    package var allowsChanges = false
    /// Who hears what was changed, and by whom.
    package var voice = Voice.silent

    package init(
        listen: ListenAddress, name: String, version: String, zone: SiteZone, store: StoreAddress, view: ViewName,
        brokers: KafkaConfiguration
    ) {
        self.listen = listen
        self.name = name
        self.version = version
        self.zone = zone
        self.store = store
        self.view = view
        self.brokers = brokers
    }

    /// The view as commands about generations mean it.
    var generationStore: @Sendable () -> GenerationStore {
        let (store, view) = (store, view)
        return { GenerationStore(store, view: view) }
    }
}
