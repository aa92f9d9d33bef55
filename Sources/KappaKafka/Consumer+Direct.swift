import KappaCore

/// Reading over connections of our own, and going over to librdkafka where they cannot.
extension Consumer {
    /// First what the group says: it may change what is read.
    func pollDirectly(_ room: Int, _ body: (Event) throws -> Void) throws -> Int {
        arrived.clear()
        let heard = try give(take(room, within: 0)) { event in
            // Of a partition that was given a moment ago something may have come before it was paused.
            if case .trouble = event { try body(event) }
        }
        guard let direct else { return heard }
        let read = try direct.read(most: room, body)
        guard let failure = direct.failure else { return heard + read }
        try handOver(direct)
        // It may be nothing: what is not to be ridden through librdkafka says next.
        try body(.trouble(KafkaError.lostConnection(failure.message)))
        return heard + read + 1
    }

    func followDirectly(_ places: [PartitionOffset]) {
        do throws(KafkaError) {
            if let resolved = try direct?.resolved(places) { return direct?.follow(resolved) ?? () }
        } catch {
            client.notes.note(error, isFatal: false)
        }
        // What one of them asks for only librdkafka knows; it reads the others, too, then.
        let others = direct?.places ?? []
        direct = nil
        try? resumeInLibrary(others)
    }

    /// librdkafka reads on where our own connections have come to.
    private func handOver(_ direct: DirectConsumption) throws(KafkaError) {
        let (places, paused) = (direct.places, direct.paused)
        self.direct = nil
        if group == nil {
            try assignToLibrary(places)
        } else {
            try resumeInLibrary(places)
        }
        if !paused.isEmpty { try pause(paused) }
    }

    private func resumeInLibrary(_ places: [PartitionOffset]) throws(KafkaError) {
        guard !places.isEmpty else { return }
        try seekInLibrary(places)
        try resume(places.map(\.at))
    }
}
