import KappaLog

/// Topics that go. The catalogue says so first; then their folders lose their names, so that new topics can have them,
/// and are removed when there is time, now or at the next start.
extension TopicStore {
    /// No sync of any of their partitions may be under way. On an error nothing has changed; otherwise `done` runs when
    /// the names are free again.
    func delete(_ gone: [Topic], _ elsewhere: @escaping LogOpening.Elsewhere, done: @escaping () -> Void) throws {
        guard !gone.isEmpty else { return done() }
        let names = Set(gone.map(\.name))
        var next = catalogue
        next.entries.removeAll { names.contains($0.name) }
        next.doomed += gone.map { .init(name: $0.name, partitions: $0.partitions.count) }
        try next.save()
        catalogue = next
        for topic in gone {
            topics[topic.name] = nil
            for partition in topic.partitions { partition.isDeleted = true }
        }
        making.formUnion(names)
        putAside(gone.flatMap(\.partitions)[...], [], elsewhere) { [self] aside, problem in
            making.subtract(names)
            // They stay doomed otherwise, and no topic of their name can be made until they are gone.
            if let problem {
                say("folders of deleted topics could not be put aside: \(problem)")
            } else {
                forget(names)
            }
            remover.remove(aside)
            done()
        }
    }

    /// In pieces, for ten thousand take their time: closing their logs, on this thread, and renaming their folders.
    private func putAside(
        _ partitions: ArraySlice<Partition>, _ before: [String], _ elsewhere: @escaping LogOpening.Elsewhere,
        done: @escaping ([String], (any Error)?) -> Void
    ) {
        let some = partitions.prefix(PuttingAside.atOnce)
        for partition in some {
            partition.log.abandon()
            partition.release()
        }
        let piece = PuttingAside(some.map { "\($0.topic)-\($0.index)" }, in: directory)
        elsewhere {
            piece.run()
        } _: { [self] in
            let aside = before + piece.aside
            let rest = partitions.dropFirst(PuttingAside.atOnce)
            guard piece.problem == nil, !rest.isEmpty else { return done(aside, piece.problem) }
            putAside(rest, aside, elsewhere, done: done)
        }
    }

    /// Where even this cannot be written, the next start does it once more.
    private func forget(_ names: Set<String>) {
        var next = catalogue
        next.doomed.removeAll { names.contains($0.name) }
        do {
            try next.save()
            catalogue = next
        } catch {
            say("\(error)")
        }
    }

    /// What a crash left of deletions, or a disk that refused them.
    func removeDoomed() throws {
        let present = Set(try PosixStorage().list(directory))
        var aside = present.filter(PuttingAside.isAside).map { "\(directory)/\($0)" }
        if !catalogue.doomed.isEmpty {
            let folders = catalogue.doomed.flatMap { topic in (0..<topic.partitions).map { "\(topic.name)-\($0)" } }
            let all = PuttingAside(folders.filter(present.contains), in: directory)
            all.run()
            if let problem = all.problem { throw problem }
            aside += all.aside
            var next = catalogue
            next.doomed = []
            try next.save()
            catalogue = next
        }
        remover.remove(aside)
    }
}

/// Takes the names from some folders.
private final class PuttingAside: @unchecked Sendable {
    // Unchecked: it belongs to the loop's thread, but while it is handed to the other one, which alone calls `run`.

    static let atOnce = 200
    /// Never the end of a partition's folder.
    private static let suffix = "-deleted"

    private let folders: [String]
    private let directory: String
    private(set) var aside: [String] = []
    private(set) var problem: (any Error)?

    init(_ folders: [String], in directory: String) {
        self.folders = folders
        self.directory = directory
    }

    static func isAside(_ name: String) -> Bool {
        name.hasSuffix(suffix) && name.utf8.count == 32 + suffix.utf8.count
    }

    func run() {
        let storage = PosixStorage()
        do {
            for folder in folders {
                let path = "\(directory)/\(TopicId.random().word)\(PuttingAside.suffix)"
                try storage.rename("\(directory)/\(folder)", to: path)
                aside.append(path)
            }
            try storage.syncDirectory(directory)
        } catch {
            problem = error
        }
    }
}
