package import KappaCore

/// Who writes, and how long a step may take.
package struct TransactionSettings: Sendable {
    package var transactionalId: String
    package var clientId: String
    /// When the broker may end a transaction by itself.
    package var timeout: Duration
    /// How long one step of a transaction may take before its outcome counts as unknown.
    package var patience: Duration

    package var signIn: SignIn?
    /// Ends the waiting for a predecessor's transaction; what is under way is brought to its end in any case.
    package var stop: StopSignal

    package init(
        transactionalId: String, clientId: String, signIn: SignIn? = nil, timeout: Duration, patience: Duration,
        stop: StopSignal = .never
    ) {
        self.stop = stop
        self.signIn = signIn
        self.transactionalId = transactionalId
        self.clientId = clientId
        self.timeout = timeout
        self.patience = patience
    }
}

/// A member's place in its group, so that a zombie's offsets are refused.
package struct GroupPlace: Sendable, Equatable {
    package var group: String
    package var generation: Int32
    package var member: String
    package var instance: String?

    package init(group: String, generation: Int32, member: String, instance: String?) {
        self.group = group
        self.generation = generation
        self.member = member
        self.instance = instance
    }
}

/// A place that becomes committed with a transaction.
package struct CommittedPlace: Sendable {
    package var topic: String
    package var partition: Int32
    package var offset: Int64
    package var metadata: String

    package init(topic: String, partition: Int32, offset: Int64, metadata: String) {
        self.topic = topic
        self.partition = partition
        self.offset = offset
        self.metadata = metadata
    }
}
