import KappaKafka
import KappaStores

/// The versions of the program and of the C libraries it runs with.
enum Versions {
    static let kappa = "0.1.0"
    /// The day of this version, as the man pages show it.
    static let date = "2026-11-21"

    /// - Parameter all: those too that would have to be opened first, with the dozens that they bring.
    static func text(all: Bool) -> String {
        let libraries = StoreKinds.known.all.compactMap(\.library).filter { all || !$0.isOnDemand }
        let versions = ["librdkafka \(KafkaLibrary.version)"] + libraries.map { "\($0.name) \($0.version())" }
        return "kappa \(kappa) (" + versions.joined(separator: ", ") + ")\n"
    }
}
