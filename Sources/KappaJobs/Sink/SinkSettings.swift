import KappaCore
package import KappaKafka
package import KappaStores

/// What a sink was told to do.
package struct SinkSettings {
    package var address: StoreAddress
    package var target: ViewTarget
    package var topics: [String]
    /// Topics that were named must be there; the usual ones may come later.
    package var mustExist: Bool
    package var batchSize: Int
    package var linger: Duration
    package var drains: Bool
    package var creates: Bool
    package var group: String?
    package var readsAllPartitions: Bool
    package var kafka: KafkaConfiguration

    /// Everything that the topics hold, into a store that is made for it.
    package init(draining topics: [String], into address: StoreAddress, kafka: KafkaConfiguration) throws {
        self.topics = topics.isEmpty ? StandardTopics.instruments : topics
        self.address = address
        self.kafka = kafka
        target = ViewTarget(view: try ViewName(word: "record"))
        mustExist = !topics.isEmpty
        batchSize = 50_000
        linger = .milliseconds(100)
        drains = true
        creates = true
        readsAllPartitions = true
    }
}
