import KappaArguments
import KappaCore
import KappaKafka
import KappaStores
import KappaTerminal

/// `kappa doctor`: what is wrong with this set-up, and the cure of each thing.
enum DoctorCommand {
    static let topic = Option<String>(
        "topic", short: "t", type: .topic, default: StandardTopics.input, help: "The topic of the raw readings.")

    static let command = Command(
        "doctor", section: .inspect, abstract: "Check brokers, topics, clock, permissions and store",
        discussion: "Each finding comes with its fix. The status is 1 if anything is wrong.",
        parameters: [topic] + BrokerOptions.all + StoreOptions.all + OutputOptions.all,
        examples: [Example("kappa doctor", "The first thing to try when something fails.")],
        run: run)

    struct Finding {
        var what: String
        var isFine: Bool
        var detail: String
        var cure: String?
    }

    static func run(_ context: CommandContext) throws {
        let findings = try brokerFindings(context) + [storeFinding(context)]
        let columns = [Column("check"), Column("result"), Column("detail"), Column("cure", title: "FIX")]
        try context.output.rows("findings", columns) { rows in
            for finding in findings {
                try rows.add([
                    .text(finding.what), finding.isFine ? .styled("fine", .green) : .styled("wrong", .red),
                    .text(finding.detail), .optional(finding.cure),
                ])
            }
        }
        let wrong = findings.filter { !$0.isFine }.count
        if wrong > 0 { throw CommandFailure("\(wrong) of \(findings.count) checks found something wrong") }
    }

    private static func brokerFindings(_ context: CommandContext) throws -> [Finding] {
        let configuration = try context.kafka()
        let client = try KafkaClient(configuration)
        let metadata: ClusterMetadata
        do throws(KafkaError) { metadata = try client.metadata() } catch {
            return [Finding(what: "broker", isFine: false, detail: error.message, cure: error.hint)]
        }
        var findings = [
            Finding(what: "broker", isFine: true, detail: "\(configuration.brokers) answers", cure: nil)
        ]
        findings += metadata.brokers.map { advertised($0, configuration) }
        findings += topicFindings(metadata, client, context)
        findings.append(permissions(client))
        return findings
    }

    /// Clients talk to the address that a broker gives for itself, which need not be the one they were told.
    private static func advertised(_ broker: ClusterMetadata.Broker, _ configuration: KafkaConfiguration) -> Finding {
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

    private static func topicFindings(
        _ metadata: ClusterMetadata, _ client: KafkaClient, _ context: CommandContext
    ) -> [Finding] {
        let name = context[topic]
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
    private static func clock(_ name: String, _ topic: ClusterMetadata.Topic, _ client: KafkaClient) -> Finding {
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

    private static func permissions(_ client: KafkaClient) -> Finding {
        do throws(KafkaError) {
            _ = try client.listGroups()
            return Finding(what: "permissions", isFine: true, detail: "topics and groups may be read", cure: nil)
        } catch {
            return Finding(what: "permissions", isFine: false, detail: error.message, cure: error.hint)
        }
    }

    private static func storeFinding(_ context: CommandContext) throws -> Finding {
        let address = try StoreAddress.chosen(context)
        let target = ViewTarget(view: try ViewName(word: "record"), shape: .results)
        do throws(StoreError) {
            let status = try address.open(for: .reading).status(of: target)
            let rows = status.rows.map { "\($0) rows in 'record'" } ?? "no view yet"
            return Finding(what: "store", isFine: true, detail: "\(address.name): \(rows)", cure: nil)
        } catch {
            return Finding(what: "store", isFine: false, detail: error.message, cure: error.hint)
        }
    }
}
