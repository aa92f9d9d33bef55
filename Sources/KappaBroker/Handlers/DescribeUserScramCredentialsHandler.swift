import KappaCore
import KappaNetwork
import KappaWire

/// Who may sign in, and with which mechanisms of SCRAM.
enum DescribeUserScramCredentialsHandler: Handler {
    typealias Request = DescribeUserScramCredentialsRequest

    static func handle(
        _ request: DescribeUserScramCredentialsRequest, _ call: Call<DescribeUserScramCredentialsResponse>,
        _ core: BrokerCore
    ) -> Outcome<DescribeUserScramCredentialsResponse> {
        guard call.may(.describe, .cluster, core) else {
            return .answer(
                DescribeUserScramCredentialsResponse {
                    $0.errorCode = .clusterAuthorizationFailed
                    $0.errorMessage = "Cluster authorization failed."
                })
        }
        // Null and an empty list both ask for all.
        let named = request.users.map { $0.map(\.name) } ?? []
        let wanted = named.isEmpty ? Array(core.accounts?.names ?? []) : named
        var seen: [String: Int] = [:]
        for name in wanted { seen[name, default: 0] += 1 }
        return .answer(
            DescribeUserScramCredentialsResponse { response in
                response.results = Set(wanted).sorted().map { name in
                    let known = ScramMechanism.allCases.compactMap { mechanism in
                        core.accounts?.known(name, mechanism).map { (mechanism, $0.iterations) }
                    }
                    return describe(name, known, isNamedOnce: seen[name] == 1)
                }
            })
    }

    private static func describe(
        _ name: String, _ known: [(ScramMechanism, Int)], isNamedOnce: Bool
    ) -> DescribeUserScramCredentialsResponse.Result {
        .init {
            $0.user = name
            guard isNamedOnce else {
                $0.errorCode = .duplicateResource
                $0.errorMessage = "Cannot describe the same user twice in a single request: \(name)"
                return
            }
            guard !known.isEmpty else {
                $0.errorCode = .resourceNotFound
                $0.errorMessage = "Attempt to describe a user credential that does not exist: \(name)"
                return
            }
            $0.credentialInfos = known.map { mechanism, iterations in
                .init {
                    $0.mechanism = mechanism.rawValue
                    $0.iterations = Int32(clamping: iterations)
                }
            }
        }
    }
}
