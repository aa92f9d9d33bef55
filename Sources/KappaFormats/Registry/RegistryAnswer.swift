package import KappaCore

/// A schema as a registry gives it.
package struct RegisteredSchema: Sendable {
    package struct Reference: Hashable, Sendable {
        package var name: String
        package var subject: String
        package var version: Int

        package init(name: String, subject: String, version: Int) {
            self.name = name
            self.subject = subject
            self.version = version
        }
    }

    /// `AVRO`, `JSON`, `PROTOBUF`, or one that is not known here.
    package var kind: String
    package var text: String
    package var references: [Reference]
    package var id: Int32?
    package var subject: String?
    package var version: Int?

    /// Reads an answer; members that are not known are left alone, and a null counts as missing.
    package init?(_ value: JSONValue) {
        let members = value.members
        guard let text = members["schema"], text.kind == .string else { return nil }
        self.text = text.text
        kind = members["schemaType"].flatMap { $0.kind == .string ? $0.text : nil } ?? "AVRO"
        id = members["id"]?.wholeNumber.flatMap { Int32(exactly: $0) }
        subject = members["subject"].flatMap { $0.kind == .string ? $0.text : nil }
        version = members["version"]?.wholeNumber.map { Int($0) }
        references = []
        guard let list = members["references"], list.kind == .array else { return }
        var items = JSONItems(list)
        while let item = items.next() {
            guard let reference = Reference(item) else { return nil }
            references.append(reference)
        }
    }
}

extension RegisteredSchema.Reference {
    init?(_ value: JSONValue) {
        let members = value.members
        guard let name = members["name"], let subject = members["subject"], name.kind == .string,
            subject.kind == .string, let version = members["version"]?.wholeNumber
        else { return nil }
        self.init(name: name.text, subject: subject.text, version: Int(version))
    }
}

/// Why a registry gave no answer, or one that helps nobody.
package struct RegistryError: Failure, Equatable {
    package enum Reason: Sendable, Equatable {
        /// It says that there is no such thing.
        case unknown
        /// It refuses: the schema, the level, whoever asks.
        case refused
        /// It cannot be reached, or is in trouble itself. Another try may help.
        case away
        case unusable
    }

    package var reason: Reason
    package var message: String
    package var hint: String?
    /// The registry's own number for it: 40403 and the like.
    package var code = 0

    package var kind: FailureKind { reason == .away ? .unreachable : .failed }

    package init(_ reason: Reason, _ message: String, hint: String? = nil, code: Int = 0) {
        self.reason = reason
        self.message = message
        self.hint = hint
        self.code = code
    }

    /// What an answer other than a success means.
    package init(status: Int, body: [UInt8], what: String) {
        let (code, words) = RegistryError.read(body)
        self.code = code ?? status
        let said = words.map { ": \($0)" } ?? ""
        switch status {
        case 401, 403:
            reason = .refused
            message = "\(what): the registry does not let us in (\(status))\(said)"
            hint = "A user and password, or a token, go with --registry-user and --registry-token."
        case 404: (reason, message) = (.unknown, "\(what) is not known to the registry\(said)")
        case 408, 429, 500...:
            (reason, message) = (.away, "\(what): the registry cannot answer now (\(status))\(said)")
        default: (reason, message) = (.refused, "\(what): the registry refuses (\(status))\(said)")
        }
    }

    /// The code and words of an error; foreign, so without control characters and not without end.
    private static func read(_ body: [UInt8]) -> (code: Int?, words: String?) {
        var buffer = JSONBuffer(capacity: body.count)
        body.withUnsafeBytes { buffer.load($0) }
        guard let value = try? JSONValue(checking: buffer), value.kind == .object else { return (nil, nil) }
        let code = value.member("error_code").wholeNumber.map { Int($0) }
        guard value.member("message").kind == .string else { return (code, nil) }
        let plain = value.member("message").text.unicodeScalars.map { $0.value < 32 || $0.value == 127 ? " " : $0 }
        return (code, String(String.UnicodeScalarView(plain.prefix(300))))
    }
}
