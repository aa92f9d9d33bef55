/// How topics go, with all that is known of them.
extension BrokerCore {
    /// Deletes topics with their records, their committed offsets and their part in open transactions. `done` runs when
    /// that is durable, with the words of what went wrong where nothing was deleted.
    func delete(_ doomed: [Topic], done: @escaping (String?) -> Void) {
        guard !doomed.isEmpty else { return done(nil) }
        // Partitions that are just being made would be left over.
        guard topics.making.isDisjoint(with: doomed.map(\.name)) else {
            after(20) { [self] _ in delete(doomed, done: done) }
            return
        }
        // The files of a sync that is under way are still needed by it; what was written until then goes as well.
        whenNotSyncing(doomed.flatMap(\.partitions)) { [self] in
            // Another request may have been quicker.
            let left = doomed.filter { topics.topics[$0.name] === $0 }
            let names = Set(left.map(\.name))
            var waits = 2
            let step = {
                waits -= 1
                if waits == 0 { done(nil) }
            }
            do {
                try topics.delete(left, elsewhere, done: step)
            } catch {
                complain("topics could not be deleted: \(error)")
                return done("\(error)")
            }
            transactions.forget(topics: names)
            groups.forget(topics: names, done: step)
        }
    }
}
