import Glibc

/// The real binary's `broker run` in a folder of its own, on a free port; killed when the last reference goes.
package final class BrokerProcess: Sendable {
    /// `127.0.0.1:PORT`, for `--brokers`.
    package let address: String
    package let folder: TemporaryDirectory
    package let child: ChildProcess

    package var port: Int { Int(address.split(separator: ":").last ?? "") ?? 0 }

    /// Starts a broker and waits until it answers. With `folder` it serves what an earlier one left there; `disk` is
    /// another place for the data, and `prefix` the words of a program that starts it.
    package static func start(
        _ options: [String] = [], folder: TemporaryDirectory? = nil, port: Int = 0, disk: String? = nil,
        through prefix: [String] = []
    ) async throws -> BrokerProcess {
        let folder = try folder ?? TemporaryDirectory()
        let data = "\(disk ?? folder.path)/broker"
        let words = ["broker", "run", "--data", data, "--listen", "127.0.0.1:\(port)"] + options
        let child = try Kappa.start(words, directory: folder.path, through: prefix)
        do {
            try await child.waitForOutput("process")
        } catch {
            child.signal(SIGKILL)
            throw error
        }
        guard let line = child.output.split(separator: "\n").first(where: { $0.hasPrefix("address") }),
            let address = line.split(separator: " ").last
        else { throw ChildProcess.Trouble("no address in: \(child.output)") }
        return BrokerProcess(address: String(address), folder: folder, child: child)
    }

    private init(address: String, folder: TemporaryDirectory, child: ChildProcess) {
        self.address = address
        self.folder = folder
        self.child = child
    }

    /// Ends it as a person would.
    package func stop() async throws {
        child.signal(SIGTERM)
        _ = try await child.finish()
    }

    /// Ends it as a power cut would, as far as the process can tell.
    package func kill() async throws {
        child.signal(SIGKILL)
        _ = try await child.finish()
    }
}
