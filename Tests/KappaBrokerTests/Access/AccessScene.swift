import Glibc
import KappaBroker
import KappaCore
import KappaTestSupport
import KappaWire

/// A broker with rules of access: `root` is its super user, `ann` may do nothing by herself.
final class AccessScene {
    let served: ServedBroker
    let root: RawClient
    let ann: RawClient
    private let folder: TemporaryDirectory

    init(_ change: (inout BrokerConfiguration) -> Void = { _ in }) throws {
        folder = try TemporaryDirectory()
        let file = try folder.write("users", "root:secret\nann:secret\n")
        chmod(file, 0o600)
        served = try ServedBroker {
            $0.usersFile = file
            $0.superUsers = ["root"]
            change(&$0)
        }
        root = try RawClient(port: served.broker.port)
        ann = try RawClient(port: served.broker.port)
        try root.signIn("root", "secret")
        try ann.signIn("ann", "secret")
    }

    /// `write TOPIC t`, allowed to ann.
    static func rule(_ words: String, principal: String = "User:ann") -> CreateAclsRequest.Creation {
        let parts = words.split(separator: " ").map(String.init)
        let operation = AccessOperation.allCases.first { $0.word == parts[0] }!
        let kind = ResourceKind.allCases.first { $0.word == parts[1] }!
        return .init {
            $0.resourceType = kind.rawValue
            $0.resourceName = parts[2]
            $0.principal = principal
            $0.host = "*"
            $0.operation = operation.rawValue
            $0.permissionType = Permission.allow.rawValue
        }
    }

    /// Puts these rules in the place of all that are there.
    func setRules(_ rules: [CreateAclsRequest.Creation]) throws {
        let all = DeleteAclsRequest.Filter {
            ($0.resourceTypeFilter, $0.patternTypeFilter, $0.operation, $0.permissionType) = (1, 1, 1, 1)
        }
        _ = try root.ask(DeleteAclsRequest { $0.filters = [all] }, version: 3)
        _ = try root.ask(CreateAclsRequest { $0.creations = rules }, version: 3)
    }
}

extension RawClient {
    func signIn(_ name: String, _ password: String) throws {
        _ = try ask(SaslHandshakeRequest { $0.mechanism = "PLAIN" }, version: 1)
        let token = [0] + Array(name.utf8) + [0] + Array(password.utf8)
        let answer = try ask(SaslAuthenticateRequest { $0.authBytes = token }, version: 2)
        guard answer.errorCode == .noError else { throw Closed() }
    }
}
