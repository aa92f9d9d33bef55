import Glibc
import KappaRecords
import Testing

@testable import KappaLog

/// The real disk's door. A sync cannot be seen from outside while the machine lives, but the kernel refuses one where
/// there is nothing to sync: a build whose sync does not ask the kernel answers that it has worked, and fails here.
@Suite struct PosixStorageTests {
    @Test func theKernelIsAskedForEachSync() throws {
        let storage = PosixStorage()
        let error = try #require(throws: LogError.self) { try storage.open("/dev/null", create: false).sync() }
        #expect(error.code == .storage(errno: EINVAL) && error.message.contains("/dev/null"))
        let missing = try #require(throws: LogError.self) { try storage.syncDirectory("/proc/self/no-such-folder") }
        #expect(missing.code == .storage(errno: ENOENT))
    }

    @Test func aRefusedCallIsNamedWithItsPathAndReason() throws {
        let storage = PosixStorage()
        let error = try #require(throws: LogError.self) { try storage.open("/proc/no/such", create: false) }
        #expect(error.message == "cannot open /proc/no/such: No such file or directory")
        let full = try #require(throws: LogError.self) {
            try [UInt8(1)].withRawBytes { raw throws(LogError) in
                try storage.open("/dev/full", create: false).write(raw, at: 0)
            }
        }
        #expect(full.isOutOfSpace)
    }
}
