package import KappaCore

extension BrokerAddress {
    package init(_ broker: ClusterMetadata.Broker) { self.init(host: broker.host, port: broker.port) }
}

extension ClusterMetadata {
    /// Nil where a partition has none just now.
    package func leader(of partition: Partition) -> BrokerAddress? {
        guard partition.error == nil else { return nil }
        return brokers.first { $0.id == partition.leader }.map(BrokerAddress.init)
    }
}

extension KafkaClient {
    /// Who leads each partition of the topics that has somebody.
    package func leaders(of topics: Set<String>) throws(KafkaError) -> [TopicPartition: BrokerAddress] {
        var leaders: [TopicPartition: BrokerAddress] = [:]
        for topic in topics {
            let cluster = try metadata(topic: topic)
            for partition in cluster.topics.first?.partitions ?? [] {
                leaders[TopicPartition(topic, partition.id)] = cluster.leader(of: partition)
            }
        }
        return leaders
    }
}
