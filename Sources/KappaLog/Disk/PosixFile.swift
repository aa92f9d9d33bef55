import Glibc

/// A file of the real disk. Its descriptor is lent for each call: `OpenFiles` closes those that have long not been
/// used, and the next call opens the file again by its path. A log of ten thousand partitions so needs no ten thousand
/// descriptors.
final class PosixFile: StorageFile, @unchecked Sendable {
    // Unchecked: the fields below `path` are read and written by OpenFiles alone, under its lock.

    let path: String
    private let flags: Int32
    fileprivate(set) var lent: Int32
    /// How many calls are using the descriptor now.
    fileprivate var users = 0
    fileprivate var wasUsed = true
    /// Written to and not synced since: closed only where nothing else can be.
    fileprivate var isDirty = false
    /// Its place among the open files.
    fileprivate var place = -1

    init(descriptor: Int32, path: String, flags: Int32) {
        lent = descriptor
        self.path = path
        self.flags = flags & ~O_CREAT
        OpenFiles.shared.add(self)
    }

    deinit { OpenFiles.shared.remove(self) }

    var descriptor: Int32 { lent }

    fileprivate func reopen() -> Int32 { Glibc.open(path, flags) }

    private func borrow<Value>(
        dirties: Bool = false, _ body: (Int32) throws(LogError) -> Value
    ) throws(LogError) -> Value {
        let descriptor = try OpenFiles.shared.take(self, dirties: dirties)
        defer { OpenFiles.shared.give(self) }
        return try body(descriptor)
    }

    func size() throws(LogError) -> Int {
        try borrow { descriptor throws(LogError) in
            var status = stat()
            guard fstat(descriptor, &status) == 0 else { throw .system("read the size of", path) }
            return Int(status.st_size)
        }
    }

    func read(into buffer: UnsafeMutableRawBufferPointer, at position: Int) throws(LogError) -> Int {
        guard let start = buffer.baseAddress else { return 0 }
        return try borrow { descriptor throws(LogError) in
            var done = 0
            while done < buffer.count {
                let count = pread(descriptor, start + done, buffer.count - done, off_t(position + done))
                if count == 0 { break }
                if count < 0 {
                    if errno == EINTR { continue }
                    throw .system("read", path)
                }
                done += count
            }
            return done
        }
    }

    func write(_ bytes: UnsafeRawBufferPointer, at position: Int) throws(LogError) {
        guard let start = bytes.baseAddress else { return }
        try borrow(dirties: true) { descriptor throws(LogError) in
            var done = 0
            while done < bytes.count {
                let count = pwrite(descriptor, start + done, bytes.count - done, off_t(position + done))
                if count < 0 {
                    if errno == EINTR { continue }
                    throw .system("write", path)
                }
                done += count
            }
        }
    }

    func truncate(to size: Int) throws(LogError) {
        try borrow(dirties: true) { descriptor throws(LogError) in
            guard ftruncate(descriptor, off_t(size)) == 0 else { throw .system("cut", path) }
        }
    }

    /// A descriptor that was opened anew syncs what an earlier one wrote, and hears of an error in writing it back that
    /// nobody has been told of yet (Linux, since 4.16).
    func sync() throws(LogError) {
        try borrow { descriptor throws(LogError) in
            guard fdatasync(descriptor) == 0 else { throw .system("sync", path) }
        }
        OpenFiles.shared.cleaned(self)
    }
}

/// Which files of the process are open, and which of them is closed when there are too many: one that has not been used
/// since the last time round.
final class OpenFiles: @unchecked Sendable {
    // Unchecked: every mutable field, and those of the files, are read and written under `mutex`.

    static let shared = OpenFiles()

    private let mutex: UnsafeMutablePointer<pthread_mutex_t>
    private var open: [Unmanaged<PosixFile>] = []
    private var hand = 0
    private var limit: Int

    private init() {
        mutex = .allocate(capacity: 1)
        pthread_mutex_init(mutex, nil)
        limit = OpenFiles.allowed()
    }

    /// Half of what the process may have; the rest is for connections.
    private static func allowed() -> Int {
        var limit = rlimit()
        guard getrlimit(__rlimit_resource_t(RLIMIT_NOFILE.rawValue), &limit) == 0 else { return 256 }
        return max(32, Int(clamping: limit.rlim_cur / 2))
    }

    /// For tests: with so many at once.
    func allow(_ count: Int) { locked { limit = count } }

    var count: Int { locked { open.count } }

    fileprivate func add(_ file: PosixFile) {
        locked {
            enter(file)
            makeRoom(sparing: file)
        }
    }

    fileprivate func remove(_ file: PosixFile) {
        locked { shut(file) }
    }

    fileprivate func take(_ file: PosixFile, dirties: Bool) throws(LogError) -> Int32 {
        let descriptor = locked { () -> Int32 in
            if file.lent < 0 {
                file.lent = file.reopen()
                if file.lent < 0, errno == EMFILE || errno == ENFILE, closeOne(sparing: file) {
                    file.lent = file.reopen()
                }
                guard file.lent >= 0 else { return -1 }
                enter(file)
                makeRoom(sparing: file)
            }
            file.users += 1
            file.wasUsed = true
            if dirties { file.isDirty = true }
            return file.lent
        }
        guard descriptor >= 0 else { throw .system("open", file.path) }
        return descriptor
    }

    fileprivate func give(_ file: PosixFile) { locked { file.users -= 1 } }

    fileprivate func cleaned(_ file: PosixFile) { locked { file.isDirty = false } }

    /// Closes one that nobody uses; false where there is none. For whoever is refused another descriptor.
    func closeOne() -> Bool { locked { closeOne(sparing: nil) } }

    private func enter(_ file: PosixFile) {
        file.place = open.count
        open.append(.passUnretained(file))
    }

    private func shut(_ file: PosixFile) {
        guard file.lent >= 0 else { return }
        close(file.lent)
        file.lent = -1
        let last = open.removeLast()
        if file.place < open.count {
            open[file.place] = last
            last._withUnsafeGuaranteedRef { $0.place = file.place }
        }
        file.place = -1
    }

    private func makeRoom(sparing file: PosixFile) {
        while open.count > limit, closeOne(sparing: file) {}
    }

    /// Twice round for what is clean, and once more for what is not.
    private func closeOne(sparing spared: PosixFile?) -> Bool {
        let places = open.count
        for step in 0..<(3 * places) {
            if hand >= open.count { hand = 0 }
            let isClosed = open[hand]._withUnsafeGuaranteedRef { file -> Bool in
                guard file !== spared, file.users == 0 else { return false }
                guard !file.wasUsed || step >= places else {
                    file.wasUsed = false
                    return false
                }
                guard !file.isDirty || step >= 2 * places else { return false }
                shut(file)
                return true
            }
            if isClosed { return true }
            hand += 1
        }
        return false
    }

    private func locked<Value>(_ body: () -> Value) -> Value {
        pthread_mutex_lock(mutex)
        defer { pthread_mutex_unlock(mutex) }
        return body()
    }
}
