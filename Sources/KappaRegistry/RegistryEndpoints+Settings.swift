import KappaCore
import KappaFormats
import KappaHTTP

// Levels and modes, of everybody and of one subject.
extension RegistryEndpoint {
    static let settings: [RegistryEndpoint] = [
        RegistryEndpoint(.get, "/config") { _, editor in .setting("compatibilityLevel", editor.book.level.rawValue) },
        RegistryEndpoint(.put, "/config") { question, editor in
            let level = try question.level()
            try editor.write([.level(subject: nil, level)])
            return .setting("compatibility", level.rawValue)
        },
        RegistryEndpoint(.delete, "/config") { _, editor in
            let before = editor.book.level
            try editor.write([.level(subject: nil, nil)])
            return .setting("compatibilityLevel", before.rawValue)
        },
        RegistryEndpoint(.get, "/config/{subject}") { question, editor in
            let own = editor.book.levels[question["subject"]]
            guard let level = own ?? (question.flag("defaultToGlobal") ? editor.book.level : nil) else {
                throw RegistryRefusal.noLevel(question["subject"])
            }
            return .setting("compatibilityLevel", level.rawValue)
        },
        RegistryEndpoint(.put, "/config/{subject}") { question, editor in
            let level = try question.level()
            try SchemaBook.check(question["subject"])
            try editor.write([.level(subject: question["subject"], level)])
            return .setting("compatibility", level.rawValue)
        },
        RegistryEndpoint(.delete, "/config/{subject}") { question, editor in
            guard let before = editor.book.levels[question["subject"]] else {
                throw RegistryRefusal.noLevel(question["subject"])
            }
            try editor.write([.level(subject: question["subject"], nil)])
            return .setting("compatibilityLevel", before.rawValue)
        },
        RegistryEndpoint(.get, "/mode") { _, editor in .setting("mode", editor.book.mode.rawValue) },
        RegistryEndpoint(.put, "/mode") { question, editor in
            let mode = try question.mode()
            try editor.write([.mode(subject: nil, mode)])
            return .setting("mode", mode.rawValue)
        },
        RegistryEndpoint(.get, "/mode/{subject}") { question, editor in
            let own = editor.book.modes[question["subject"]]
            guard let mode = own ?? (question.flag("defaultToGlobal") ? editor.book.mode : nil) else {
                throw RegistryRefusal.noMode(question["subject"])
            }
            return .setting("mode", mode.rawValue)
        },
        RegistryEndpoint(.put, "/mode/{subject}") { question, editor in
            let mode = try question.mode()
            try SchemaBook.check(question["subject"])
            try editor.write([.mode(subject: question["subject"], mode)])
            return .setting("mode", mode.rawValue)
        },
        RegistryEndpoint(.delete, "/mode/{subject}") { question, editor in
            guard let before = editor.book.modes[question["subject"]] else {
                throw RegistryRefusal.noMode(question["subject"])
            }
            try editor.write([.mode(subject: question["subject"], nil)])
            return .setting("mode", before.rawValue)
        },
    ]
}
