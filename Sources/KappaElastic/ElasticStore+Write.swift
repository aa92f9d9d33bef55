import KappaCore
import KappaHTTP
import KappaStores

extension ElasticStore {
    /// Requests that are under way at once: a single one leaves a cluster idle.
    private static let connections = 4
    private static let itemsAtOnce = 4096

    /// Refused records first, then rows, then positions: whatever is cut off, a position is never ahead of its rows,
    /// and what is written again is the same.
    package func write(
        _ batch: RowBatch, to target: ViewTarget, advancing advances: [SinkAdvance]
    ) throws(StoreError) -> WriteOutcome {
        let sources = Array(Set(batch.sources + advances.map(\.source))).sorted()
        let standing = try standing(of: target, sources)
        guard advances.allSatisfy({ standing[$0.source]?.nextOffset == $0.from }) else { return .fenced }
        let known = try bases(of: target, sources)
        if let lost = sources.first(where: { known[$0] == nil }) {
            throw StoreError(.contradiction, "\(name): where the sink began \(lost) is not written down any more")
        }
        let target = try laidOut(target)
        try keep(batch.refusals, of: batch, target)
        let refused = try put(batch, target, bases: batch.sources.map { known[$0] ?? 0 })
        guard try advance(target, advances, standing, known) else { return .fenced }
        return .stored(rows: batch.rows.count - refused, refused: refused + batch.refusals.count)
    }

    /// How the target's rows are cut is written down with its table.
    private func laidOut(_ target: ViewTarget) throws(StoreError) -> ViewTarget {
        var target = target
        if let layout = layouts[target.sink] {
            target.layout = layout
        } else if let table = try table(of: target) {
            target.layout = table.layout
            layouts[target.sink] = table.layout
        }
        return target
    }

    // MARK: Rows

    /// Returns how many rows were refused; they are kept by then.
    private func put(_ batch: RowBatch, _ target: ViewTarget, bases: [Int64]) throws(StoreError) -> Int {
        let (rows, gone) = (batch.rows, batch.withdrawals)
        guard !rows.isEmpty || !gone.isEmpty else { return 0 }
        let names = try IndexNames(target)
        try makeIndices(Set(names.only.map { [$0] } ?? (rows + gone).map { names.name(of: $0, in: batch) }), target)
        let documents = DocumentWriter(batch, target, names, bases: bases)
        let refusals = try bulk(
            names.only.map { "/\($0)/_bulk" } ?? "/_bulk", count: rows.count + gone.count,
            encode: { item, writer in
                if item < rows.count {
                    documents.write(rows[item], into: &writer)
                } else {
                    documents.writeDelete(gone[item - rows.count], into: &writer)
                }
            }, isDelete: { $0 >= rows.count })
        let letters = refusals.filter { $0.item < rows.count }.map { refusal in
            BatchRefusal(
                row: rows[refusal.item], reason: "\(refusal.type): \(refusal.reason)", state: refusal.type)
        }
        try keep(letters, of: batch, target)
        return letters.count
    }

    /// Indices are made with the mapping that is declared; a server that made one by itself would guess. One that is
    /// gone is a day that somebody deleted, or the whole table, and then the rows before are gone, too.
    private func makeIndices(_ indices: Set<String>, _ target: ViewTarget) throws(StoreError) {
        let met = indices.filter(knownIndices.contains).sorted()
        for start in stride(from: 0, to: met.count, by: 20) {
            let some = met[start..<min(start + 20, met.count)]
            guard try !exists(some.joined(separator: ",")) else { continue }
            some.forEach { knownIndices.remove($0) }
        }
        for index in indices.sorted() where !knownIndices.contains(index) {
            if target.layout.isWhole {
                guard try exists(index) else {
                    throw StoreError(
                        .contradiction, "the index '\(index)' is gone, but where its sink stands is kept", of: name,
                        hint: "kappa replay start fills a new generation from the topics.")
                }
            } else {
                let isShown = try view(target.view)?.generation == target.generation
                try makeIndex(index, target, isShown: isShown)
                // The view may have been switched meanwhile.
                if isShown, try view(target.view)?.generation != target.generation {
                    _ = try client.send(
                        .delete, "/\(index)/_alias/\(target.view)", allowing: [404])
                }
                try checkOwner(of: index, target)
            }
            knownIndices.insert(index)
        }
    }

    private func checkOwner(of index: String, _ target: ViewTarget) throws(StoreError) {
        let mappings = try client.send(.get, "/\(index)/_mapping").root.member(index).member("mappings")
        guard mappings.member("_meta").member("kappa").member("table").string == target.sink else {
            throw StoreError(
                .schema, "the index '\(index)' is there already and is not of '\(target.tableName)'", of: name,
                hint: "Choose other names with --index-name and another --table.")
        }
    }

    /// Sends over several connections at once; the order is of no account, since every item bears its version.
    private func bulk(
        _ path: String, count: Int, encode: @escaping (Int, inout ByteWriter) -> Void,
        isDelete: @escaping (Int) -> Bool
    ) throws(StoreError) -> [BulkRefusal] {
        let lanes = max(1, min(ElasticStore.connections, count / ElasticStore.itemsAtOnce))
        guard lanes > 1 else {
            let sender = BulkSender(client, path: path, encode: encode, isDelete: isDelete)
            return try sender.send(0..<count)
        }
        while self.lanes.count < lanes { self.lanes.append(try ElasticClient(address, purpose: purpose)) }
        let queue = BulkQueue(count: count, size: ElasticStore.itemsAtOnce)
        let threads = self.lanes.prefix(lanes).map { client in
            // The threads end before this call does, the batch only changes after it, and each has a client alone.
            nonisolated(unsafe) let sender = BulkSender(client, path: path, encode: encode, isDelete: isDelete)
            return WorkerThread("kappa-bulk") {
                do throws(StoreError) {
                    while let items = queue.take() { queue.give(try sender.send(items)) }
                } catch {
                    queue.fail(error)
                }
            }
        }
        for thread in threads { thread.join() }
        return try queue.result()
    }

    // MARK: Refused records

    /// Keeps what was refused, each under its own place: kept twice, it is there once.
    private func keep(_ refusals: [BatchRefusal], of batch: RowBatch, _ target: ViewTarget) throws(StoreError) {
        guard !refusals.isEmpty else { return }
        let now = Timestamp.now.description
        let refused = try bulk(
            "/\(ElasticStore.letters)/_bulk", count: refusals.count,
            encode: { item, writer in
                ElasticStore.write(refusals[item], of: batch, target.sink, now, into: &writer)
            }, isDelete: { _ in false })
        guard let first = refused.first else { return }
        // A record that cannot even be kept must not be lost.
        throw StoreError(.failed, "a refused record cannot be kept: \(first.type): \(first.reason)", of: name)
    }

    private static func write(
        _ refusal: BatchRefusal, of batch: RowBatch, _ sink: String, _ now: String, into writer: inout ByteWriter
    ) {
        let source = batch.sources[refusal.row.source]
        let id = "\(sink)|\(source.topic)|\(source.partition)|\(refusal.row.offset)"
        var fields: [(String, JSONTree)] = [
            ("sink", .text(sink)), ("topic", .text(source.topic)), ("partition", .whole(Int64(source.partition))),
            ("offset", .whole(refusal.row.offset)), ("reason", .text(refusal.reason)), ("stored_at", .text(now)),
        ]
        let time = Timestamp(milliseconds: refusal.row.milliseconds)
        if TimeBounds.storable.contains(time) { fields.append(("ts", .text(time.description))) }
        if let state = refusal.state { fields.append(("state", .text(state))) }
        let parts = [("key", refusal.row.key), ("value", refusal.row.value)].compactMap { name, slice in
            slice.map { (name, batch.arena.bytes($0)) }
        }
        // Bytes that are no text are kept, all the same.
        let texts = parts.map { String(validating: $0.1, as: UTF8.self) }
        let isText = !texts.contains { $0 == nil }
        for ((name, bytes), text) in zip(parts, texts) {
            fields.append((name, .text(isText ? text ?? "" : Base64.text(Array(bytes)))))
        }
        if !isText { fields.append(("is_base64", true)) }
        (["index": ["_id": .text(id.utf8.count > 500 ? SHA256.hex(Array(id.utf8)) : id)]] as JSONTree)
            .write(into: &writer)
        writer.append(UInt8(ascii: "\n"))
        JSONTree.object(fields).write(into: &writer)
        writer.append(UInt8(ascii: "\n"))
    }

    // MARK: Positions

    /// Moves the positions on; false where another sink is as far or further.
    private func advance(
        _ target: ViewTarget, _ advances: [SinkAdvance], _ standing: [TopicPartition: SinkPosition],
        _ bases: [TopicPartition: Int64]
    ) throws(StoreError) -> Bool {
        guard !advances.isEmpty else { return true }
        var writer = ByteWriter()
        for step in advances {
            guard var position = standing[step.source], let base = bases[step.source] else { return false }
            position.nextOffset = step.to
            position.witness = step.witness ?? position.witness
            let head: JSONTree = [
                "index": [
                    "_id": .text(ElasticStore.positionID(target, step.source)), "version": .whole(base + step.to),
                    "version_type": "external",
                ]
            ]
            head.write(into: &writer)
            writer.append(UInt8(ascii: "\n"))
            JSONTree.object(ElasticStore.fields(of: position, target, kind: "position")).write(into: &writer)
            writer.append(UInt8(ascii: "\n"))
        }
        let answer = try client.ask(
            .post, "/\(ElasticStore.own)/_bulk", Array(writer.bytes), type: "application/x-ndjson")
        guard answer.isSuccess else { throw StoreError(answer, of: name) }
        let items = answer.root.member("items").items
        guard items.count == advances.count else {
            throw StoreError(.connection, "the answer to a bulk request cannot be read", of: name)
        }
        var isFenced = false
        for item in items {
            let said = item.member("index")
            let error = said.member("error")
            switch BulkItem(
                status: Int(said.member("status").whole ?? 0), type: error.member("type").string ?? "",
                reason: ForeignText.line(error.member("reason").string ?? ""), isDelete: false)
            {
            case .stored: break
            case .superseded: isFenced = true
            case .tryAgain(let reason), .blocked(let reason): throw StoreError(.tryAgain, reason, of: name)
            case .refused(let type, let reason), .stopped(_, let type, let reason):
                throw StoreError(.failed, "a position cannot be kept: \(type): \(reason)", of: name)
            }
        }
        return !isFenced
    }
}
