import KappaNetwork
import KappaWire

/// Who is in the users file: all of them can prove themselves with SCRAM-SHA-256.
enum DescribeUserScramCredentialsHandler: Handler {
    typealias Request = DescribeUserScramCredentialsRequest

    /// By the protocol's numbers.
    private static let scramSHA256: Int8 = 1

    static func handle(
        _ request: DescribeUserScramCredentialsRequest, _ call: Call<DescribeUserScramCredentialsResponse>,
        _ core: BrokerCore
    ) -> Outcome<DescribeUserScramCredentialsResponse> {
        let known = core.users?.verifiers ?? [:]
        // Null and an empty list both ask for all.
        let named = request.users.map { $0.map(\.name) } ?? []
        let wanted = named.isEmpty ? known.keys.sorted() : named
        var seen: [String: Int] = [:]
        for name in wanted { seen[name, default: 0] += 1 }
        return .answer(
            DescribeUserScramCredentialsResponse { response in
                response.results = Set(wanted).sorted().map { describe($0, known[$0], isNamedOnce: seen[$0] == 1) }
            })
    }

    private static func describe(
        _ name: String, _ verifier: Users.Verifier?, isNamedOnce: Bool
    ) -> DescribeUserScramCredentialsResponse.Result {
        .init {
            $0.user = name
            guard isNamedOnce else {
                $0.errorCode = .duplicateResource
                $0.errorMessage = "Cannot describe the same user twice in a single request: \(name)"
                return
            }
            guard let verifier else {
                $0.errorCode = .resourceNotFound
                $0.errorMessage = "Attempt to describe a user credential that does not exist: \(name)"
                return
            }
            $0.credentialInfos = [
                .init {
                    $0.mechanism = scramSHA256
                    $0.iterations = Int32(clamping: verifier.iterations)
                }
            ]
        }
    }
}
