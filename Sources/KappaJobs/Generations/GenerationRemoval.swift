package import KappaCore
import KappaKafka
import KappaStores

/// Deletes a generation and all that bears its number. After a crash it may be done again.
package struct GenerationRemoval {
    private let control: ControlLog
    private let generation: Generation
    private let store: GenerationStore?

    /// Refuses a generation that is active, that has the plain names, or whose job still runs.
    package init(_ number: Int, _ control: ControlLog, _ store: GenerationStore?) throws {
        self.control = control
        self.store = store
        generation = try control.generation(number)
        guard generation.number != control.pointer.live else {
            throw JobFailure(
                "generation \(generation.number) is the active one",
                hint: "'kappa replay switch' or 'rollback' makes another one active")
        }
        guard generation.number > 1 else {
            throw JobFailure(
                "generation 1 has the plain names, which others may read",
                hint: "'kappa topics delete' and 'kappa groups delete' delete them one by one")
        }
        try stopIfRunning([generation.group])
    }

    private func stopIfRunning(_ groups: [String]) throws {
        for group in try control.client.describeGroups(groups) where group.isActive {
            throw JobFailure(
                "generation \(generation.number) still runs: the group '\(group.name)' has members",
                hint: "stop it first")
        }
    }

    /// The record goes last: as long as it is there, this can be done again.
    package func run(voice: Voice) throws {
        try control.beginWriting()
        var groups = [generation.group]
        if let opened = try store?.open(for: .writing), let target = store?.target(generation.number) {
            // The store outlives its tables, so its name is known also when this is done once more.
            if let identity = try opened.status(of: target).identity {
                groups.append(SinkJob.group(of: target, identity))
            }
            try stopIfRunning(groups)
            try opened.drop(target)
        }
        FailPoint.pass(.dropStored)
        try deleteTopics()
        FailPoint.pass(.dropTopics)
        for outcome in try control.client.deleteGroups(groups) {
            if let error = outcome.error, error.code != KafkaError.groupNotFound { throw error }
        }
        try control.forget(generation)
        voice.note("generation \(generation.number) of '\(generation.job)' is gone")
    }

    private func deleteTopics() throws {
        let known = Set(try control.client.metadata().topics.map(\.name))
        let topics = generation.ownTopics.filter(known.contains)
        guard !topics.isEmpty else { return }
        for outcome in try control.client.deleteTopics(topics) {
            if let error = outcome.error, error.code != KafkaError.unknownTopic { throw error }
        }
    }
}
