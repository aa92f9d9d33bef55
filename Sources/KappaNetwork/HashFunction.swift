import COpenSSL

/// The hash functions that SCRAM is made with (RFC 5802, RFC 7677).
package enum HashFunction: Sendable {
    case sha256
    case sha512

    package var size: Int { self == .sha256 ? 32 : 64 }
    private var algorithm: OpaquePointer { self == .sha256 ? EVP_sha256() : EVP_sha512() }

    package func hash(_ bytes: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: size)
        EVP_Digest(bytes, bytes.count, &result, nil, algorithm, nil)
        return result
    }

    package func hmac(key: [UInt8], _ bytes: [UInt8]) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: size)
        var count = UInt32(size)
        HMAC(algorithm, key, Int32(key.count), bytes, bytes.count, &result, &count)
        return result
    }

    /// PBKDF2, which RFC 5802 calls `Hi`.
    package func salted(_ password: [UInt8], salt: [UInt8], iterations: Int) -> [UInt8] {
        var result = [UInt8](repeating: 0, count: size)
        let characters = password.map { CChar(bitPattern: $0) }
        PKCS5_PBKDF2_HMAC(
            characters, Int32(characters.count), salt, Int32(salt.count), Int32(iterations), algorithm, Int32(size),
            &result)
        return result
    }
}
