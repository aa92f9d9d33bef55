import Glibc
package import KappaCore
package import KappaKafka
package import KappaStores

/// A view that is filled from the topics for one question, and goes with it.
package final class TemporaryView {
    private let folder: String
    private let address: StoreAddress

    /// - Parameter kind: makes the address of a store in a file.
    package init(
        of kafka: KafkaConfiguration, in kind: (_ path: String) -> StoreAddress, voice: Voice, stop: StopSignal
    ) throws {
        folder = try TemporaryView.makeFolder()
        address = kind("\(folder)/views.db")
        do { try fill(kafka, voice, stop) } catch {
            remove()
            throw error
        }
    }

    deinit { remove() }

    package func open() throws -> any ViewStore { try address.open(for: .reading) }

    private func fill(_ kafka: KafkaConfiguration, _ voice: Voice, _ stop: StopSignal) throws {
        let active = try ActiveGenerations(kafka, KafkaClient(kafka))
        let topics = StandardTopics.instruments.map { active.topic(of: $0) }
        var settings = try SinkSettings(draining: topics, into: address, kafka: kafka)
        settings.mustExist = false
        let tally = try SinkJob(settings, voice: .silent, stop: stop).run()
        try stop.throwIfRequested()
        if tally.refused > 0 { voice.warning("\(tally.refused) records of the topics are not results") }
    }

    private static func makeFolder() throws -> String {
        let place = getenv("TMPDIR").map { String(cString: $0) } ?? "/tmp"
        var template = Array("\(place)/kappa-query-XXXXXX".utf8CString)
        guard let made = mkdtemp(&template) else {
            throw JobFailure(usage: "no temporary folder in \(place): \(String(cString: strerror(errno)))")
        }
        return String(cString: made)
    }

    private func remove() {
        for ending in ["", "-wal", "-shm"] { unlink("\(folder)/views.db\(ending)") }
        rmdir(folder)
    }
}
