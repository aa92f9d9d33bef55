package import KappaCore

/// What a switch has yet to do in a store: written together with the pointer, and taken out once the store shows it.
/// Whatever dies in between, the next command that has the store at hand does it.
package struct ShownIntent: Equatable {
    /// The store's name as anybody may see it, and the view's.
    package var store: String
    package var view: String
    /// What no other store has.
    package var identity: String

    package init(store: String, view: String, identity: String) {
        self.store = store
        self.view = view
        self.identity = identity
    }

    package init?(_ record: JSONValue) {
        guard record.kind == .object else { return nil }
        self.init(
            store: record.member("store").text, view: record.member("view").text,
            identity: record.member("identity").text)
    }

    package func append(to writer: inout ByteWriter) {
        writer.append(literal: "{\"store\":")
        writer.append(quoted: store)
        writer.append(literal: ",\"view\":")
        writer.append(quoted: view)
        writer.append(literal: ",\"identity\":")
        writer.append(quoted: identity)
        writer.append(literal: "}")
    }
}
