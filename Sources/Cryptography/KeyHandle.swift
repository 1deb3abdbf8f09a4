import COpenSSL

/// The one owner of an `EVP_PKEY`.
// Invariant: the handle is set in init and freed in deinit; signing, verifying and exporting only read a key,
// which libcrypto allows from several threads at once.
@safe final class KeyHandle: @unchecked Sendable {
    let pointer: OpaquePointer

    /// Takes over `pointer`.
    init(owning pointer: OpaquePointer) {
        unsafe self.pointer = pointer
    }

    deinit {
        unsafe EVP_PKEY_free(pointer)
    }

    /// SubjectPublicKeyInfo, DER.
    func publicDER() throws(CryptographyFault) -> [UInt8] {
        try unsafe derBytes("i2d_PUBKEY") { unsafe i2d_PUBKEY(pointer, $0) }
    }

    /// PKCS#8 PrivateKeyInfo, DER, not encrypted.
    func privateDER() throws(CryptographyFault) -> [UInt8] {
        // Invariant: the intermediate structure is freed on every path.
        guard let wrapped = unsafe EVP_PKEY2PKCS8(pointer) else { throw OpenSSL.fault("EVP_PKEY2PKCS8") }
        defer { unsafe PKCS8_PRIV_KEY_INFO_free(wrapped) }
        return try unsafe derBytes("i2d_PKCS8_PRIV_KEY_INFO") { unsafe i2d_PKCS8_PRIV_KEY_INFO(wrapped, $0) }
    }

    /// Reads an unencrypted PKCS#8 key that fills `der` exactly.
    static func fromPKCS8(_ der: [UInt8]) throws(CryptographyFault) -> KeyHandle {
        // Invariant: `cursor` stays inside `der` for the call; the intermediate structure is freed on every path.
        let parsed: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let wrapped = unsafe d2i_PKCS8_PRIV_KEY_INFO(nil, &cursor, buffer.count) else { return nil }
            defer { unsafe PKCS8_PRIV_KEY_INFO_free(wrapped) }
            guard unsafe cursor == buffer.baseAddress?.advanced(by: buffer.count) else { return nil }
            return unsafe EVP_PKCS82PKEY(wrapped)
        }
        guard let key = unsafe parsed else {
            throw OpenSSL.rejected(.malformed(what: "private key", reason: "it is not an unencrypted PKCS#8 key ('BEGIN PRIVATE KEY')"))
        }
        return unsafe KeyHandle(owning: key)
    }

    /// Reads a SubjectPublicKeyInfo that fills `der` exactly.
    static func fromPublic(_ der: [UInt8]) throws(CryptographyFault) -> KeyHandle {
        // Invariant: `cursor` stays inside `der` for the call.
        let parsed: OpaquePointer? = unsafe der.withUnsafeBufferPointer { buffer in
            var cursor = buffer.baseAddress
            guard let key = unsafe d2i_PUBKEY(nil, &cursor, buffer.count) else { return nil }
            guard unsafe cursor == buffer.baseAddress?.advanced(by: buffer.count) else {
                unsafe EVP_PKEY_free(key)
                return nil
            }
            return unsafe key
        }
        guard let key = unsafe parsed else {
            throw OpenSSL.rejected(.malformed(what: "public key", reason: "it is not a SubjectPublicKeyInfo on its curve"))
        }
        return unsafe KeyHandle(owning: key)
    }

    /// A signature over `message`; `digest` is nil for algorithms that hash by themselves.
    func sign(_ message: [UInt8], digest: OpaquePointer?, maxBytes: Int) throws(CryptographyFault) -> [UInt8] {
        // Invariant: the context is owned by this call; the output has room for `length` bytes.
        let context = unsafe OpenSSL.required(EVP_MD_CTX_new(), "EVP_MD_CTX")
        defer { unsafe EVP_MD_CTX_free(context) }
        var signature = [UInt8](repeating: 0, count: maxBytes)
        var length = maxBytes
        guard unsafe EVP_DigestSignInit(context, nil, digest, nil, pointer) == 1,
            unsafe EVP_DigestSign(context, &signature, &length, message, message.count) == 1
        else { throw OpenSSL.fault("EVP_DigestSign") }
        signature.removeLast(maxBytes - length)
        return signature
    }

    /// False for a signature that does not verify, whatever the reason.
    func verify(_ signature: [UInt8], over message: [UInt8], digest: OpaquePointer?) -> Bool {
        // Invariant: the context is owned by this call.
        let context = unsafe OpenSSL.required(EVP_MD_CTX_new(), "EVP_MD_CTX")
        defer { unsafe EVP_MD_CTX_free(context) }
        guard unsafe EVP_DigestVerifyInit(context, nil, digest, nil, pointer) == 1,
            unsafe EVP_DigestVerify(context, signature, signature.count, message, message.count) == 1
        else {
            ERR_clear_error()
            return false
        }
        return true
    }
}

/// Runs an `i2d_…` function of libcrypto twice: for the length, then for the bytes.
func derBytes(
    _ operation: String, _ encode: (UnsafeMutablePointer<UnsafeMutablePointer<UInt8>?>?) -> Int32
) throws(CryptographyFault) -> [UInt8] {
    let length = encode(nil)
    guard length > 0 else { throw OpenSSL.fault(operation) }
    var bytes = [UInt8](repeating: 0, count: Int(length))
    // Invariant: libcrypto writes the `length` bytes that it announced.
    let written = unsafe bytes.withUnsafeMutableBufferPointer { buffer in
        var cursor = buffer.baseAddress
        return unsafe encode(&cursor)
    }
    guard written == length else { throw OpenSSL.fault(operation) }
    return bytes
}
