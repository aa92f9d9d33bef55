extension ReconciledGroup {
    /// Ways to share partitions out, under Kafka's names.
    package enum Assignor: String, CaseIterable, Sendable {
        /// As even as can be, and as few partitions as can be change hands.
        case uniform
        /// Of each topic a run of neighbours, so that topics of like numbers lie side by side.
        case range
    }

    /// Makes the target of the group's present epoch.
    mutating func makeTarget() {
        let wishes = members.mapValues { wanted(by: $0) }
        switch Assignor(rawValue: assignor) ?? .uniform {
        case .uniform: target = ReconciledGroup.uniform(wishes, topics, before: target)
        case .range: target = ReconciledGroup.range(wishes, topics)
        }
        targetEpoch = epoch
    }

    /// Those of the group's topics that a member asked for.
    func wanted(by member: Member) -> Set<String> {
        var names = Set(member.topics).intersection(topics.keys)
        if let pattern = member.pattern.flatMap({ LinearPattern($0) }) {
            names.formUnion(topics.keys.filter { pattern.matches($0) && member.mayDescribe($0) })
        }
        return names
    }

    static func range(_ wishes: [String: Set<String>], _ topics: [String: Int]) -> [String: Set<Place>] {
        var target = wishes.mapValues { _ in Set<Place>() }
        for (topic, count) in topics {
            let members = wishes.filter { $0.value.contains(topic) }.keys.sorted()
            guard !members.isEmpty else { continue }
            var next = 0
            for (number, member) in members.enumerated() {
                let share = count / members.count + (number < count % members.count ? 1 : 0)
                for index in next..<next + share { target[member]?.insert(Place(topic: topic, index: Int32(index))) }
                next += share
            }
        }
        return target
    }

    /// Everybody keeps what it has and may have; what is left goes to whoever has least; then the fullest give to the
    /// emptiest as long as that evens things out.
    static func uniform(
        _ wishes: [String: Set<String>], _ topics: [String: Int], before: [String: Set<Place>]
    ) -> [String: Set<Place>] {
        var target: [String: Set<Place>] = [:]
        var taken = Set<Place>()
        for (member, wish) in wishes.sorted(by: { $0.key < $1.key }) {
            let kept = (before[member] ?? []).filter {
                wish.contains($0.topic) && Int($0.index) < topics[$0.topic] ?? 0 && !taken.contains($0)
            }
            taken.formUnion(kept)
            target[member] = kept
        }
        let members = wishes.keys.sorted()
        for (topic, count) in topics.sorted(by: { $0.key < $1.key }) {
            let able = members.filter { wishes[$0]?.contains(topic) ?? false }
            guard !able.isEmpty else { continue }
            for index in 0..<Int32(count) where !taken.contains(Place(topic: topic, index: index)) {
                let least = able.min { target[$0]?.count ?? 0 < target[$1]?.count ?? 0 } ?? able[0]
                target[least]?.insert(Place(topic: topic, index: index))
            }
        }
        even(&target, wishes, members)
        return target
    }

    private static func even(
        _ target: inout [String: Set<Place>], _ wishes: [String: Set<String>], _ members: [String]
    ) {
        // From the fullest member to the emptiest that may have something of it; each move evens the group out.
        while let (from, to, place) = move(target, wishes, members) {
            target[from]?.remove(place)
            target[to]?.insert(place)
        }
    }

    private static func move(
        _ target: [String: Set<Place>], _ wishes: [String: Set<String>], _ members: [String]
    ) -> (from: String, to: String, place: Place)? {
        let byCount = members.sorted { (target[$0]?.count ?? 0, $0) < (target[$1]?.count ?? 0, $1) }
        for to in byCount {
            for from in byCount.reversed() where (target[from]?.count ?? 0) - (target[to]?.count ?? 0) > 1 {
                let able = target[from]?.filter { wishes[to]?.contains($0.topic) ?? false } ?? []
                let last = able.min { ($0.topic, $0.index) > ($1.topic, $1.index) }
                if let last { return (from, to, last) }
            }
        }
        return nil
    }
}
