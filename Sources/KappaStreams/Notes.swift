import KappaCore

/// The headers that explain a late or dead record. Where it came from is added by whoever knows the topic.
enum Notes {
    static func of(_ rejection: Rejection, item: Int?) -> [Emitted.Note] {
        var notes = [Emitted.Note("kappa.reason", rejection.reason.rawValue)]
        if let field = rejection.field { notes.append(Emitted.Note("kappa.field", field)) }
        if let detail = rejection.detail { notes.append(Emitted.Note("kappa.detail", detail)) }
        if let item { notes.append(Emitted.Note("kappa.item", "\(item)")) }
        return notes
    }

    static func late(_ window: Window, clock: Timestamp, item: Int?) -> [Emitted.Note] {
        var notes = [
            Emitted.Note("kappa.reason", "late"), Emitted.Note("kappa.window.start", window.start.rfc3339),
            Emitted.Note("kappa.window.end", window.end.rfc3339), Emitted.Note("kappa.clock", clock.rfc3339),
        ]
        if let item { notes.append(Emitted.Note("kappa.item", "\(item)")) }
        return notes
    }
}
