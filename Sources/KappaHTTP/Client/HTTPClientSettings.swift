/// How a client goes about its calls.
package struct HTTPClientSettings: Sendable {
    /// A body beyond this is refused, compressed or not.
    package var bodyLimit = 64 << 20
    /// A file of certificates in PEM to trust instead of the system's.
    package var trustedCertificates: String?
    /// Sent with Basic authentication where it is set.
    package var user: String?
    package var password: String?
    /// How many times an answer may lead elsewhere. Only what changes nothing is led on.
    package var redirects = 5

    package init() {}
}
