import Glibc
import KappaNetwork
import KappaTestSupport
import Testing

@testable import KappaBroker
@testable import KappaLog

/// The threads beside the loop, which wait for the disk.
@Suite struct FileSyncerTests {
    private func ticket(_ path: String, create: Bool = false) throws -> SyncTicket {
        let storage = PosixStorage()
        return SyncTicket(
            target: 1, files: [try storage.open(path, create: create)], directory: nil, checkpoint: nil, mark: nil,
            storage: storage)
    }

    /// A mutant that was tried and fails here: a `FileSyncer` that answers with a success for tickets that it did not
    /// run, on its threads or on the caller's. The kernel refuses to sync a device that holds nothing, so only a sync
    /// that was asked for can fail.
    @Test(.timeLimit(.minutes(1)))
    func everyTicketIsRunAndItsFailureReported() throws {
        let folder = try TemporaryDirectory()
        let tickets = try [
            ticket("\(folder.path)/a", create: true), ticket("/dev/null"), ticket("\(folder.path)/b", create: true),
        ]
        let bell = try Doorbell()
        let syncer = FileSyncer(bell: bell)
        defer { syncer.stop() }
        syncer.submit(tickets)
        var rung = pollfd(fd: bell.descriptor, events: Int16(POLLIN), revents: 0)
        #expect(poll(&rung, 1, 30_000) == 1)
        let outcome = try #require(syncer.collect())
        #expect(codes(outcome) == [nil, .storage(errno: EINVAL), nil], "in the order of the tickets")
        #expect(codes(FileSyncer.sync(tickets)) == [nil, .storage(errno: EINVAL), nil])
    }

    private func codes(_ outcome: FileSyncer.Outcome) -> [LogError.Code?] {
        outcome.results.map { result in
            guard case .failure(let error) = result else { return nil }
            return error.code
        }
    }
}
