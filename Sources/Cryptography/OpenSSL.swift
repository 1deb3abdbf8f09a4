import COpenSSL

/// libcrypto's algorithms, looked up once. A lookup takes a lock and a string comparison, so no call repeats it.
enum OpenSSL {
    // Invariant: fetched once, never freed, and read-only from then on; libcrypto counts references to it atomically.
    nonisolated(unsafe) static let sha256 = unsafe required(EVP_MD_fetch(nil, "SHA256", nil), "SHA256")
    // Invariant: as above.
    nonisolated(unsafe) static let aes256CTR = unsafe required(EVP_CIPHER_fetch(nil, "AES-256-CTR", nil), "AES-256-CTR")
    // Invariant: as above.
    nonisolated(unsafe) static let aes256SIV = unsafe required(EVP_CIPHER_fetch(nil, "AES-256-SIV", nil), "AES-256-SIV")
    // Invariant: as above.
    nonisolated(unsafe) static let aes128SIV = unsafe required(EVP_CIPHER_fetch(nil, "AES-128-SIV", nil), "AES-128-SIV")

    /// A libcrypto without these algorithms, or without memory for a context, cannot run any part of this system.
    static func required(_ pointer: OpaquePointer?, _ name: StaticString) -> OpaquePointer {
        guard let pointer = unsafe pointer else { preconditionFailure("libcrypto cannot provide \(name)") }
        return unsafe pointer
    }

    static func require(_ status: Int32, _ operation: StaticString) {
        precondition(status == 1, "libcrypto failed in \(operation)")
    }

    /// Empties this thread's error queue, so that a failure here is never read as a failure of the next TLS call.
    static func fault(_ operation: String) -> CryptographyFault {
        ERR_clear_error()
        return .library(operation: operation)
    }

    static func rejected(_ fault: CryptographyFault) -> CryptographyFault {
        ERR_clear_error()
        return fault
    }
}
