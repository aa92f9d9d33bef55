import KappaBroker
import KappaTestSupport
import KappaWire
import Testing

/// Settings of topics and of the broker over the protocol. Names, defaults and sources are those that Kafka 4.1's
/// documentation and its tools show.
@Suite struct SettingsTests {
    private let served: ServedBroker
    private let client: RawClient

    init() throws {
        served = try ServedBroker()
        client = try RawClient(port: served.broker.port)
    }

    private func create(
        _ name: String, _ configs: [(String, String)] = [], on client: RawClient? = nil
    ) throws -> CreateTopicsResponse.Topic {
        let request = CreateTopicsRequest {
            $0.topics = [
                .init {
                    $0.name = name
                    $0.numPartitions = 1
                    $0.replicationFactor = 1
                    $0.configs = configs.map { setting in
                        .init {
                            $0.name = setting.0
                            $0.value = setting.1
                        }
                    }
                }
            ]
        }
        return try (client ?? self.client).ask(request, version: 6).topics[0]
    }

    private func describe(
        _ type: Int8, _ name: String, on client: RawClient? = nil
    ) throws -> DescribeConfigsResponse.Resource {
        let request = DescribeConfigsRequest {
            $0.includeSynonyms = true
            $0.resources = [
                .init {
                    $0.resourceType = type
                    $0.resourceName = name
                }
            ]
        }
        return try (client ?? self.client).ask(request, version: 4).results[0]
    }

    private func alter(
        _ type: Int8, _ name: String, _ setting: String, _ value: String?, operation: Int8 = 0
    ) throws -> ErrorCode {
        let request = IncrementalAlterConfigsRequest {
            $0.resources = [
                .init {
                    $0.resourceType = type
                    $0.resourceName = name
                    $0.configs = [
                        .init {
                            $0.name = setting
                            $0.configOperation = operation
                            $0.value = value
                        }
                    ]
                }
            ]
        }
        return try client.ask(request, version: 1).responses[0].errorCode
    }

    /// All 33 of Kafka 4.1; a topic that was made for a cluster can be made here.
    private static let kafkaSettings: [(name: String, value: String)] = [
        ("cleanup.policy", "compact"), ("compression.gzip.level", "6"), ("compression.lz4.level", "1"),
        ("compression.type", "zstd"), ("compression.zstd.level", "9"), ("delete.retention.ms", "1"),
        ("file.delete.delay.ms", "1000"), ("flush.messages", "1"), ("flush.ms", "1000"),
        ("follower.replication.throttled.replicas", "0:1,1:1"), ("index.interval.bytes", "100"),
        ("leader.replication.throttled.replicas", "*"), ("local.retention.bytes", "-2"), ("local.retention.ms", "-2"),
        ("max.compaction.lag.ms", "60000"), ("max.message.bytes", "1000"), ("message.timestamp.after.max.ms", "1"),
        ("message.timestamp.before.max.ms", "1"), ("message.timestamp.type", "LogAppendTime"),
        ("min.cleanable.dirty.ratio", "0.1"), ("min.compaction.lag.ms", "1"), ("min.insync.replicas", "1"),
        ("preallocate", "true"), ("remote.log.copy.disable", "true"), ("remote.log.delete.on.disable", "true"),
        ("remote.storage.enable", "false"), ("retention.bytes", "1"), ("retention.ms", "1"),
        ("segment.bytes", "1048576"), ("segment.index.bytes", "4096"), ("segment.jitter.ms", "1"),
        ("segment.ms", "1000"), ("unclean.leader.election.enable", "true"),
    ]

    @Test func everyTopicSettingOfKafkaIsTakenAndShown() throws {
        #expect(SettingsTests.kafkaSettings.count == 33)
        let made = try create("all", SettingsTests.kafkaSettings.map { ($0.name, $0.value) })
        #expect(made.errorCode == .noError, "\(made.errorMessage ?? "")")
        let shown = try describe(2, "all").configs
        #expect(Set(shown.map(\.name)) == Set(SettingsTests.kafkaSettings.map(\.name)))
        for setting in SettingsTests.kafkaSettings {
            let config = try #require(shown.first { $0.name == setting.name })
            #expect(config.value == setting.value && config.configSource == 1, "\(setting.name)")
        }
    }

    @Test(arguments: [
        ("no.such.setting", "1"), ("cleanup.policy", "none"), ("segment.bytes", "2147483648"), ("preallocate", "yes"),
        ("compression.type", "brotli"), ("compression.gzip.level", "10"), ("retention.ms", "-2"),
        ("remote.storage.enable", "true"), ("leader.replication.throttled.replicas", "0-1"),
    ])
    func whatKafkaRefusesIsRefused(_ name: String, _ value: String) throws {
        #expect(try create("bad", [(name, value)]).errorCode == .invalidConfig)
    }

    /// A value that holds blanks, and an empty one, must not spoil the file that the next start reads.
    @Test func oddValuesSurviveARestart() throws {
        let (leader, follower) = ("leader.replication.throttled.replicas", "follower.replication.throttled.replicas")
        #expect(try create("odd", [(leader, ""), (follower, "0:1, 1:1")]).errorCode == .noError)
        try served.broker.stop()
        let again = try Broker(served.broker.configuration)
        try again.start()
        defer { try? again.stop() }
        let shown = try describe(2, "odd", on: RawClient(port: again.port)).configs
        #expect(shown.first { $0.name == follower }?.value == "0:1, 1:1")
        #expect(shown.first { $0.name == leader }?.configSource == 1)
    }

    // MARK: Where a value comes from

    @Test func aSettingNamesAllPlacesThatGiveItAValue() throws {
        _ = try create("t", [("cleanup.policy", "compact")])
        let policy = try #require(try describe(2, "t").configs.first { $0.name == "cleanup.policy" })
        #expect(policy.synonyms.map(\.name) == ["cleanup.policy", "log.cleanup.policy"])
        #expect(policy.synonyms.map(\.value) == ["compact", "delete"])
        #expect(policy.synonyms.map(\.source) == [1, 5], "DYNAMIC_TOPIC_CONFIG, DEFAULT_CONFIG")
    }

    @Test func theBrokersDefaultsHoldForTopicsThatSayNothing() throws {
        _ = try create("plain")
        _ = try create("own", [("max.message.bytes", "2000")])
        #expect(try alter(4, "", "message.max.bytes", "1000") == .noError)
        let big = Batches.plain([String(repeating: "x", count: 1500)])
        #expect(try client.produceAndWait("plain", big).errorCode == .messageTooLarge)
        #expect(try client.produceAndWait("own", big).errorCode == .noError)
        let shown = try #require(try describe(2, "plain").configs.first { $0.name == "max.message.bytes" })
        #expect(shown.value == "1000" && shown.configSource == 3, "DYNAMIC_DEFAULT_BROKER_CONFIG")
        #expect(try alter(4, "1", "message.max.bytes", "3000") == .noError)
        let broker = try #require(try describe(4, "1").configs.first { $0.name == "message.max.bytes" })
        #expect(broker.synonyms.map(\.source) == [2, 3, 5])
        #expect(broker.synonyms.map(\.value) == ["3000", "1000", "1048588"])
        #expect(try client.produceAndWait("plain", big).errorCode == .noError)
        try served.broker.stop()
        let again = try Broker(served.broker.configuration)
        try again.start()
        defer { try? again.stop() }
        let later = try RawClient(port: again.port)
        #expect(try describe(2, "plain", on: later).configs.first { $0.name == "max.message.bytes" }?.value == "3000")
        #expect(try describe(4, "", on: later).configs.map(\.name) == ["message.max.bytes"])
    }

    @Test func theBrokerTellsWhatIsFixedAndWhatIsUnknown() throws {
        #expect(try alter(4, "1", "sasl.kerberos.min.time.before.relogin", "58000") == .noError)
        #expect(try alter(4, "1", "broker.id", "2") == .invalidRequest)
        #expect(try alter(4, "1", "no.such.setting", "2") == .invalidConfig)
        #expect(try alter(4, "7", "message.max.bytes", "2") == .invalidRequest)
        let shown = try describe(4, "1").configs
        let listeners = try #require(shown.first { $0.name == "advertised.listeners" })
        #expect(listeners.value == "PLAINTEXT://127.0.0.1:\(served.broker.port)" && listeners.readOnly)
    }

    // MARK: Names

    /// Kafka's metrics would not tell the two apart.
    @Test func namesThatDifferInPointsAndUnderscoresAloneDoNotStandSideBySide() throws {
        #expect(try create("a.b").errorCode == .noError)
        let second = try create("a_b")
        #expect(second.errorCode == .invalidTopicException)
        #expect(second.errorMessage == "Topic 'a_b' collides with existing topic: a.b")
        #expect(try create("a-b").errorCode == .noError)
    }

    @Test func theNodeHasTheNumberThatItWasGiven() throws {
        let served = try ServedBroker { $0.nodeId = 7 }
        let client = try RawClient(port: served.broker.port)
        let answer = try client.ask(MetadataRequest { $0.topics = [.init { $0.name = "t" }] }, version: 9)
        #expect(answer.brokers.map(\.nodeId) == [7] && answer.controllerId == 7)
        #expect(answer.topics[0].partitions[0].leaderId == 7)
    }
}
