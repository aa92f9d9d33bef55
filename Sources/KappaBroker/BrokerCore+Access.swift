import KappaCore
import KappaWire

/// What clients may do, asked of the rules of access for each request.
extension BrokerCore {
    /// Whether the client may do this. A refusal is told to the operator, unless the client did not ask for this
    /// resource by its name and merely does not get to see it.
    func allows(
        _ operation: AccessOperation, _ resource: @autoclosure () -> Resource, _ client: @autoclosure () -> Client,
        tells: Bool = true
    ) -> Bool {
        guard let access else { return true }
        let (resource, client) = (resource(), client())
        if access.authorizer.allows(operation, on: resource, by: client) { return true }
        if tells {
            complain(
                "\(client.principal) on \(client.host) may not \(operation.word) \(resource.kind.word) "
                    + "'\(resource.name)'")
        }
        return false
    }

    /// The operations that a kind of resource has and the client may do, one bit for each, as answers carry them.
    func operations(on resource: Resource, by client: Client) -> Int32 {
        let all = AccessOperation.known(for: resource.kind)
        let allowed = all.filter { allows($0, resource, client, tells: false) }
        return allowed.reduce(0) { $0 | (1 << Int32($1.rawValue)) }
    }

    /// The same for the cluster: nothing where the client may not look at it.
    func operationsOnCluster(by client: Client) -> Int32 {
        allows(.describe, .cluster, client, tells: false) ? operations(on: .cluster, by: client) : 0
    }
}

extension Call {
    /// Whom the request comes from.
    var client: Client { Client(principal: session.principal, host: clientHost) }

    /// Whether the rules of access let the client do this.
    func may(
        _ operation: AccessOperation, _ resource: @autoclosure () -> Resource, _ core: BrokerCore, tells: Bool = true
    ) -> Bool {
        core.allows(operation, resource(), client, tells: tells)
    }
}
