import Glibc
import KappaTestSupport
import KappaWire
import Testing

/// The first thing that is ever asked of a cluster, whose coordinators are yet to be made: it answers "not available"
/// and "not coordinator" for a second or two.
@Suite(.timeLimit(.minutes(3))) struct FirstQuestionTests {
    /// A log with readings and a group in it, and three nodes before it.
    static func scene() async throws -> (BrokerProcess, HostileCluster) {
        let broker = try await BrokerProcess.start()
        try await Kappa.run("topics", "create", "monitoring", "-p", "3", "-b", broker.address)
        let readings = try await Kappa.run("simulate", "--count", "300", "--seed", "5").output
        let made = try await Kappa.run(
            "produce", "monitoring", "--key", "borehole_number", "-b", broker.address, stdin: readings)
        #expect(made.status == 0, "\(made.errors)")
        let read = try await Kappa.run("consume", "monitoring", "-g", "site", "-e", "-b", broker.address)
        #expect(read.status == 0, "\(read.errors)")
        return (broker, try HostileCluster(nodes: 3, before: broker))
    }

    static func unsettle(_ cluster: HostileCluster, for time: Duration = .seconds(2)) {
        cluster.calm()
        unsettleGroups(cluster, for: time)
    }

    static func unsettleGroups(_ cluster: HostileCluster, for time: Duration = .seconds(2)) {
        for key in [ApiKey.findCoordinator, .listGroups] {
            cluster.play(.refused(.coordinatorNotAvailable), key, for: time)
        }
        let later = time + .milliseconds(300)
        for key in [ApiKey.offsetFetch, .describeGroups, .deleteGroups, .offsetCommit, .joinGroup] {
            cluster.play(.refused(.notCoordinator), key, for: later)
        }
        for key in [ApiKey.initProducerId, .addOffsetsToTxn] {
            cluster.play(.refused(.coordinatorLoadInProgress), key, for: later)
        }
    }

    @Test(arguments: [
        ["groups", "list"], ["groups", "list", "--topic", "monitoring"], ["groups", "describe", "site"],
        ["groups", "reset", "site", "--to", "start", "--yes"], ["groups", "reset", "site", "--to-file", "places"],
        ["groups", "delete", "site", "--yes"], ["wait", "group", "site"],
        ["process", "--window", "10s", "--drain"], ["consume", "monitoring", "-g", "site", "-e"],
    ])
    func everyCommandWaitsForTheCoordinator(_ words: [String]) async throws {
        let (broker, cluster) = try await Self.scene()
        defer { cluster.stop() }
        Self.unsettle(cluster)
        let result = try await Kappa.run(words + ["-b", cluster.addresses], timeout: .seconds(60))
        #expect(result.status == 0, "\(words): \(result.status) \(result.errors)")
        #expect(cluster.count(of: .findCoordinator) > 1 || words[1] == "list")
        try await broker.stop()
    }

    @Test func replayStartWaitsForTheCoordinator() async throws {
        let (broker, cluster) = try await Self.scene()
        defer { cluster.stop() }
        let first = try await Kappa.run(
            "process", "--window", "10s", "--drain", "-b", cluster.addresses, timeout: .seconds(60))
        #expect(first.status == 0, "\(first.errors)")
        Self.unsettle(cluster)
        let replay = try await Kappa.run(
            "replay", "start", "--window", "20s", "--drain", "-b", cluster.addresses, timeout: .seconds(100))
        #expect(replay.status == 0, "\(replay.errors)")
        try await broker.stop()
    }

    @Test func aCoordinatorThatNeverComesIsToldInTheTimeThatWasGiven() async throws {
        let (broker, cluster) = try await Self.scene()
        defer { cluster.stop() }
        Self.unsettle(cluster, for: .seconds(60))
        let (result, seconds) = try await Kappa.timed(
            ["groups", "describe", "site", "--timeout", "1s", "-b", cluster.addresses])
        #expect(result.status == 3)
        #expect(result.errors.contains("COORDINATOR_NOT_AVAILABLE"), "\(result.errors)")
        #expect(seconds < 4)
        try await broker.stop()
    }

    /// The broker acted and its answer was lost: asked again, it says that there is no such group.
    @Test func aGroupDeletedByALostRequestIsDeleted() async throws {
        let (broker, cluster) = try await Self.scene()
        defer { cluster.stop() }
        cluster.play(.cutAfter, .deleteGroups, times: 1)
        let result = try await Kappa.run("groups", "delete", "site", "--yes", "-b", cluster.addresses)
        #expect(result.status == 0, "\(result.errors)")
        #expect(cluster.count(of: .deleteGroups) == 2)
        try await broker.stop()
    }

    @Test func aCoordinatorThatMovesIsFollowed() async throws {
        let (broker, cluster) = try await Self.scene()
        defer { cluster.stop() }
        for partition in 0..<3 as Range<Int32> { cluster.moveLeader(of: "monitoring", partition, to: 3) }
        cluster.moveCoordinator(of: "site", to: 2)
        cluster.kill(1)
        let described = try await Kappa.run("groups", "describe", "site", "-b", cluster.addresses)
        #expect(described.status == 0, "\(described.errors)")
        cluster.kill(2)
        let child = try Kappa.start(
            ["groups", "describe", "site", "-b", cluster.addresses], directory: broker.folder.path)
        let asked = cluster.count(of: .findCoordinator)
        let deadline = ContinuousClock.now + .seconds(10)
        while cluster.count(of: .findCoordinator) < asked + 2, ContinuousClock.now < deadline {
            try await Task.sleep(for: .milliseconds(5))
        }
        cluster.moveCoordinator(of: "site", to: 3)
        let result = try await child.finish()
        #expect(result.status == 0, "\(result.errors)")
        try await broker.stop()
    }
}
