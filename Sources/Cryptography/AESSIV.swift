import COpenSSL

/// AES-SIV (RFC 5297) with a 64-byte key: deterministic authenticated encryption, so the same text under the same key and
/// associated strings seals to the same bytes. A sealed message is the 16-byte synthetic IV and then the ciphertext.
package struct AESSIV: Sendable {
    package static let keyBytes = 64
    /// A sealed message is this much longer than its text, in bytes.
    package static let overhead = 16
    /// What RFC 5297 §7 lets the associated strings of one message be: 126 of them.
    package static let maxAssociated = 126

    private let state: State

    /// `key` is 64 bytes (AES-256-SIV).
    package init(key: SecretBytes) throws(CryptographyFault) {
        guard key.count == AESSIV.keyBytes else { throw .wrongLength(what: "an AES-256-SIV key", expected: "64 bytes", actual: key.count) }
        state = try unsafe State(key, cipher: OpenSSL.aes256SIV)
    }

    /// The published vectors use 32-byte keys (AES-128-SIV).
    init(vectorKey: SecretBytes) throws(CryptographyFault) {
        precondition(vectorKey.count == 32, "for the vectors of RFC 5297 only")
        state = try unsafe State(vectorKey, cipher: OpenSSL.aes128SIV)
    }

    /// Seals `text` (1 byte to 2 GiB) under the associated strings, whose number and order count.
    package func seal(_ text: [UInt8], associated: [[UInt8]] = []) throws(CryptographyFault) -> [UInt8] {
        try AESSIV.check(length: text.count, "the text to seal", associated)
        // Invariant: the context is owned by this call; outputs have the lengths that SIV gives.
        let context = try unsafe begin(encrypting: true, associated: associated)
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        var ciphertext = [UInt8](repeating: 0, count: text.count)
        var tag = [UInt8](repeating: 0, count: AESSIV.overhead)
        var written: Int32 = 0
        guard unsafe EVP_EncryptUpdate(context, &ciphertext, &written, text, Int32(text.count)) == 1, Int(written) == text.count,
            unsafe EVP_EncryptFinal_ex(context, nil, &written) == 1,
            unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, Int32(AESSIV.overhead), &tag) == 1
        else { throw OpenSSL.fault("AES-SIV sealing") }
        return tag + ciphertext
    }

    /// The text of a sealed message. ``CryptographyFault/notAuthentic`` when key, associated strings or bytes are not those of the sealing.
    package func open(_ sealed: [UInt8], associated: [[UInt8]] = []) throws(CryptographyFault) -> [UInt8] {
        try AESSIV.check(length: sealed.count - AESSIV.overhead, "the sealed message", associated)
        // Invariant: the context is owned by this call; outputs have the lengths that SIV gives.
        let context = try unsafe begin(encrypting: false, associated: associated, tag: Array(sealed[..<AESSIV.overhead]))
        defer { unsafe EVP_CIPHER_CTX_free(context) }
        let ciphertext = Array(sealed[AESSIV.overhead...])
        var text = [UInt8](repeating: 0, count: ciphertext.count)
        var written: Int32 = 0
        guard unsafe EVP_DecryptUpdate(context, &text, &written, ciphertext, Int32(ciphertext.count)) == 1,
            Int(written) == text.count
        else {
            wipe(&text)
            throw OpenSSL.rejected(.notAuthentic)
        }
        return text
    }

    // Invariant: the caller frees the returned context; the keyed contexts are only read.
    private func begin(encrypting: Bool, associated: [[UInt8]], tag: [UInt8]? = nil) throws(CryptographyFault) -> OpaquePointer {
        let context = unsafe OpenSSL.required(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX")
        var isReady = unsafe EVP_CIPHER_CTX_copy(context, encrypting ? state.sealing : state.opening) == 1
        if isReady, var tag {
            isReady = unsafe EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_SET_TAG, Int32(tag.count), &tag) == 1
        }
        var ignored: Int32 = 0
        for string in associated where isReady {
            isReady = unsafe EVP_CipherUpdate(context, nil, &ignored, string, Int32(string.count)) == 1
        }
        guard isReady else {
            unsafe EVP_CIPHER_CTX_free(context)
            throw OpenSSL.fault("AES-SIV set-up")
        }
        return unsafe context
    }

    /// Empty strings are refused: OpenSSL 3.0 computes no IV for an empty text and used to skip empty associated strings (CVE-2023-2975).
    private static func check(length: Int, _ what: String, _ associated: [[UInt8]]) throws(CryptographyFault) {
        guard length >= 1, length <= Int(Int32.max) else {
            throw .wrongLength(what: what, expected: "1 byte of text or more, and under 2 GiB", actual: length)
        }
        guard associated.count <= maxAssociated else {
            throw .wrongLength(what: "the list of associated strings", expected: "at most 126 strings", actual: associated.count)
        }
        for string in associated {
            guard string.count >= 1, string.count <= Int(Int32.max) else {
                throw .wrongLength(what: "an associated string", expected: "1 byte or more, and under 2 GiB", actual: string.count)
            }
        }
    }
    /// The key schedules, made once: setting a key costs more than sealing a short text.
    // Invariant: both contexts are written in init only and freed (and wiped) in deinit only; copying from one reads it.
    @safe private final class State: @unchecked Sendable {
        let sealing: OpaquePointer
        let opening: OpaquePointer

        init(_ key: SecretBytes, cipher: OpaquePointer) throws(CryptographyFault) {
            unsafe sealing = try State.keyed(key, cipher, encrypting: true)
            do throws(CryptographyFault) {
                unsafe opening = try State.keyed(key, cipher, encrypting: false)
            } catch {
                unsafe EVP_CIPHER_CTX_free(sealing)
                throw error
            }
        }

        deinit {
            unsafe EVP_CIPHER_CTX_free(sealing)
            unsafe EVP_CIPHER_CTX_free(opening)
        }

        // Invariant: the key's bytes are lent for one call; the caller owns the context.
        private static func keyed(_ key: SecretBytes, _ cipher: OpaquePointer, encrypting: Bool) throws(CryptographyFault) -> OpaquePointer {
            let context = unsafe OpenSSL.required(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX")
            let status = key.withSpan { span in
                unsafe span.withUnsafeBufferPointer { buffer in
                    unsafe EVP_CipherInit_ex2(context, cipher, buffer.baseAddress, nil, encrypting ? 1 : 0, nil)
                }
            }
            guard status == 1 else {
                unsafe EVP_CIPHER_CTX_free(context)
                throw OpenSSL.fault("AES-SIV key set-up")
            }
            return unsafe context
        }
    }
}
