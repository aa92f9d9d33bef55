import Glibc
import KappaCore
import KappaHTTP
import KappaTestSupport

@testable import KappaElastic
@testable import KappaStores

/// `elastic_faults.py` before a server: what goes wrong there is asked for by a test.
final class FaultyDoor {
    let server: ElasticServer
    let url: String
    private let process: pid_t
    private let file: String

    init() throws {
        server = try ElasticServer()
        file = "/tmp/kappa-door-\(getpid())-\(UInt64.random(in: 0...UInt64.max))"
        let script = "\(Kappa.packageRoot)/Tests/KappaStoresTests/elastic_faults.py"
        process = try Subprogram.spawn(["/usr/bin/python3", script, server.url], outputFile: file)
        url = try ElasticServer.announcement(of: process, in: file, "the door")
    }

    deinit {
        kill(process, SIGKILL)
        _ = try? Subprogram.wait(for: process)
        unlink(file)
    }

    var address: StoreAddress {
        get throws { try StoreAddress.elastic("opensearch+\(url)", kind: "opensearch", takesPlain: false)! }
    }

    /// From now on this goes wrong, and nothing else.
    func set(_ faults: JSONTree) throws {
        _ = try HTTPClient().send(HTTPCall(.post, "\(url)/__faults", body: faults.bytes))
    }

    func count(_ name: String) throws -> Int {
        let answer = try HTTPClient().send(HTTPCall(.get, "\(url)/__counts"))
        return Int(ElasticAnswer(status: answer.status, body: answer.body).root.member(name).whole ?? -1)
    }
}
