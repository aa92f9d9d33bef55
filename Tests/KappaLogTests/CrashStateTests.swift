import Glibc
import KappaCore
import Testing

@testable import KappaLog

/// The power goes at any call, and again during recovery; the log must come back with everything that was
/// acknowledged, in order, and nothing that was never written.
///
/// Mutants that were tried, and the test that fails for each:
/// - a disk whose sync does nothing, a batch acknowledged before its sync: the two tests at the end, which make them
///   so;
/// - `SyncTicket.run` without its `file.sync()`, and `recover` without the sync of what it read;
///   `ProducerStates.remember` left out, `producers` not taken from the checkpoint, and `resume` without
///   `producers.apply`; a round of group commit that leaves out the segment before a roll; a small file renamed before
///   its bytes or its name are synced; the mark of the synced offset written before the sync:
///   `everyPrefixOfCallsRecoversToWhatWasAcknowledged`;
/// - `PosixFile.sync` without its `fdatasync`: `PosixStorageTests.theKernelIsAskedForEachSync`;
/// - `FileSyncer` that answers for a ticket it did not run: `FileSyncerTests.everyTicketIsRunAndItsFailureReported`;
/// - a torn end that is kept: `RecoveryTests.aTornEndIsCutAndReported`;
/// - compacted segments swapped in unsynced, or behind a checkpoint that still tells their old sizes:
///   `CompactionTests.everyPowerCutAmidCompactionKeepsTheLatestValues`.
@Suite struct CrashStateTests {
    /// More of them by `KAPPA_CRASH_SEEDS`; one alone, to look at it, by `KAPPA_CRASH_SEED`.
    static var seeds: Range<UInt64> {
        if let one = number("KAPPA_CRASH_SEED") { return one..<one + 1 }
        return 0..<(number("KAPPA_CRASH_SEEDS") ?? 12)
    }

    static func number(_ variable: String) -> UInt64? {
        getenv(variable).flatMap { UInt64(String(cString: $0)) }
    }

    @Test func everyPrefixOfCallsRecoversToWhatWasAcknowledged() throws {
        var states = 0
        for seed in Self.seeds {
            let whole = CrashWorkload(seed: seed)
            try whole.run()
            for call in 1...whole.disk.calls {
                let faults = try CrashWorkload.faultsAfterPowerOff(at: call, seed: seed)
                #expect(faults == [], "KAPPA_CRASH_SEED=\(seed), power off at call \(call)")
                guard faults.isEmpty else { return }
                states += 1
            }
        }
        print("crash states tried: \(states), seeds \(Self.seeds)")
        #expect(states > 100)
    }

    @Test func aSyncThatDoesNothingIsCaught() throws {
        #expect(try catches { $0.disk.skipsSync = true })
    }

    @Test func acknowledgingBeforeTheSyncIsCaught() throws {
        #expect(try catches { $0.acknowledgesEarly = true })
    }

    /// Whether any crash state of a few seeds shows a fault in a workload that has been made wrong.
    private func catches(_ spoil: (CrashWorkload) -> Void) throws -> Bool {
        for seed in 0..<5 as Range<UInt64> {
            let whole = CrashWorkload(seed: seed)
            try whole.run()
            for call in 1...whole.disk.calls
            where try !CrashWorkload.faultsAfterPowerOff(at: call, seed: seed, spoil: spoil).isEmpty {
                return true
            }
        }
        return false
    }
}
