/// The part of a request that a read-only server looks at.
package struct HTTPRequest: Equatable, Sendable {
    package var method: String
    /// Without the query: `/params/all`.
    package var path: String
    /// After the question mark, undecoded; empty where there is none.
    package var query: String
    /// Whether the connection stays open for another request.
    package var keepsAlive: Bool

    package init(method: String, path: String, query: String = "", keepsAlive: Bool = true) {
        self.method = method
        self.path = path
        self.query = query
        self.keepsAlive = keepsAlive
    }
}
