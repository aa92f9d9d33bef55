import KappaCore
package import KappaWire

/// What a cluster is told of users and of what they may do. Any broker is asked: each knows all of it, or passes it on.
extension ClusterQuestions {
    package func rules(_ request: DescribeAclsRequest) throws(ConnectionFailure) -> DescribeAclsResponse {
        try askOne(request, code: \.errorCode)
    }

    package func add(_ request: CreateAclsRequest) throws(ConnectionFailure) -> CreateAclsResponse {
        try askOne(request) { $0.results.first { Trial.passes($0.errorCode) }?.errorCode ?? .noError }
    }

    package func remove(_ request: DeleteAclsRequest) throws(ConnectionFailure) -> DeleteAclsResponse {
        try askOne(request) { $0.filterResults.first { Trial.passes($0.errorCode) }?.errorCode ?? .noError }
    }

    package func users() throws(ConnectionFailure) -> DescribeUserScramCredentialsResponse {
        try askOne(DescribeUserScramCredentialsRequest(), code: \.errorCode)
    }

    package func change(
        _ request: AlterUserScramCredentialsRequest
    ) throws(ConnectionFailure) -> AlterUserScramCredentialsResponse {
        try askOne(request) { $0.results.first { Trial.passes($0.errorCode) }?.errorCode ?? .noError }
    }
}
