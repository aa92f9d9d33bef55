import KappaCore
package import KappaKafka
package import KappaStores

/// Looks for what is wrong with a set-up: brokers, a topic, clocks, permissions, the store.
package struct SetupCheck {
    package struct Finding {
        package var what: String
        package var isFine: Bool
        package var detail: String
        package var cure: String?
    }

    private let configuration: KafkaConfiguration
    private let topic: String
    private let store: StoreAddress

    package init(_ configuration: KafkaConfiguration, topic: String, store: StoreAddress) {
        self.configuration = configuration
        self.topic = topic
        self.store = store
    }

    package func findings() throws -> [Finding] { try brokerFindings() + [storeFinding()] }

    private func brokerFindings() throws -> [Finding] {
        let client = try KafkaClient(configuration)
        let metadata: ClusterMetadata
        do throws(KafkaError) { metadata = try client.metadata() } catch {
            return [Finding(what: "broker", isFine: false, detail: error.message, cure: error.hint)]
        }
        var findings = [
            Finding(what: "broker", isFine: true, detail: "\(configuration.brokers) answers", cure: nil)
        ]
        findings += metadata.brokers.map { advertised($0) }
        findings += topicFindings(metadata, client)
        findings.append(permissions(client))
        return findings
    }

    /// Clients talk to the address that a broker gives for itself, which need not be the one they were told.
    private func advertised(_ broker: ClusterMetadata.Broker) -> Finding {
        let address = "\(broker.host):\(broker.port)"
        var direct = configuration
        direct.brokers = address
        let what = "advertised address of broker \(broker.id)"
        do throws(KafkaError) {
            try KafkaClient(direct).ping()
            return Finding(what: what, isFine: true, detail: address, cure: nil)
        } catch {
            return Finding(
                what: what, isFine: false, detail: error.message,
                cure: "make '\(broker.host)' resolve here, or correct the broker's advertised.listeners")
        }
    }

    private func topicFindings(_ metadata: ClusterMetadata, _ client: KafkaClient) -> [Finding] {
        let name = topic
        guard let found = metadata.topics.first(where: { $0.name == name }) else {
            return [
                Finding(
                    what: "topic", isFine: false, detail: "there is no topic '\(name)'",
                    cure: "kappa topics create \(name)")
            ]
        }
        let leaderless = found.partitions.filter { $0.leader < 0 }
        let isFine = leaderless.isEmpty
        let count = found.partitions.count
        let detail =
            isFine ? "'\(name)' has \(count) partition\(count == 1 ? "" : "s")" : "\(leaderless.count) have no leader"
        return [
            Finding(
                what: "topic", isFine: isFine, detail: detail, cure: isFine ? nil : "look at the brokers that are down"),
            clock(name, found, client),
        ]
    }

    /// A broker tells nobody its time, but its newest records do.
    private func clock(_ name: String, _ topic: ClusterMetadata.Topic, _ client: KafkaClient) -> Finding {
        let soon = Timestamp.now.advanced(by: .seconds(5))
        let partitions = topic.partitions.map { TopicPartition(name, $0.id) }
        do throws(KafkaError) {
            let ahead = try client.offsets(atOrAfter: soon, in: partitions).filter { $0.offset >= 0 }
            guard let first = ahead.first else {
                return Finding(
                    what: "clock", isFine: true, detail: "no record is ahead of this machine's clock", cure: nil)
            }
            return Finding(
                what: "clock", isFine: false,
                detail: "\(first.at) offset \(first.offset) is more than 5 s ahead of this machine",
                cure: "set the clocks by NTP here and where the records are made")
        } catch {
            return Finding(what: "clock", isFine: false, detail: error.message, cure: error.hint)
        }
    }

    private func permissions(_ client: KafkaClient) -> Finding {
        do throws(KafkaError) {
            _ = try client.listGroups()
            return Finding(what: "permissions", isFine: true, detail: "topics and groups may be read", cure: nil)
        } catch {
            return Finding(what: "permissions", isFine: false, detail: error.message, cure: error.hint)
        }
    }

    private func storeFinding() throws -> Finding {
        let target = ViewTarget(view: try ViewName(word: "record"), shape: .results)
        do throws(StoreError) {
            let status = try store.open(for: .reading).status(of: target)
            let rows = status.rows.map { "\($0) rows in 'record'" } ?? "no view yet"
            return Finding(what: "store", isFine: true, detail: "\(store.name): \(rows)", cure: nil)
        } catch {
            return Finding(what: "store", isFine: false, detail: error.message, cure: error.hint)
        }
    }
}
