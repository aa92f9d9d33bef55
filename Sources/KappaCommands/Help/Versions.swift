import KappaKafka
import KappaStores

/// The versions of the program and of the C libraries it runs with.
enum Versions {
    static let kappa = "0.1.0"
    /// The day of this version, as the man pages show it.
    static let date = "2026-11-21"

    static let libraries: [(name: String, version: String)] =
        [
            ("librdkafka", KafkaLibrary.version)
        ] + StoreKinds.known.all.compactMap(\.library)

    static var text: String {
        "kappa \(kappa) (" + libraries.map { "\($0.name) \($0.version)" }.joined(separator: ", ") + ")\n"
    }
}
