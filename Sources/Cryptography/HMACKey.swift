import COpenSSL

/// A key for HMAC-SHA-256 (RFC 2104) whose two padded blocks are hashed once, so that a short message costs two
/// compressions and not four. Safe to use from several threads.
package struct HMACKey: Sendable {
    private let state: State

    private init(state: State) {
        self.state = state
    }

    /// Any length is taken, as in RFC 2104; give at least 32 random bytes.
    package static func sha256(_ key: [UInt8]) -> HMACKey {
        HMACKey(state: State(key.span))
    }

    package static func sha256(_ key: Span<UInt8>) -> HMACKey {
        HMACKey(state: State(key))
    }

    package static func sha256(_ key: SecretBytes) -> HMACKey {
        key.withSpan { HMACKey(state: State($0)) }
    }

    /// The 32-byte authentication code of `message`.
    package func authenticate(_ message: [UInt8]) -> Digest {
        authenticate(message.span)
    }

    package func authenticate(_ message: Span<UInt8>) -> Digest {
        // Invariant: the scratch context is owned by this call and freed at its end; `inner` and `outer` are only read.
        let scratch = unsafe OpenSSL.required(EVP_MD_CTX_new(), "EVP_MD_CTX")
        defer { unsafe EVP_MD_CTX_free(scratch) }
        var tag = [UInt8](repeating: 0, count: Digest.byteCount)
        unsafe message.withUnsafeBufferPointer { buffer in
            OpenSSL.require(unsafe EVP_MD_CTX_copy_ex(scratch, state.inner), "EVP_MD_CTX_copy_ex")
            OpenSSL.require(unsafe EVP_DigestUpdate(scratch, buffer.baseAddress, buffer.count), "EVP_DigestUpdate")
        }
        OpenSSL.require(unsafe EVP_DigestFinal_ex(scratch, &tag, nil), "EVP_DigestFinal_ex")
        OpenSSL.require(unsafe EVP_MD_CTX_copy_ex(scratch, state.outer), "EVP_MD_CTX_copy_ex")
        OpenSSL.require(unsafe EVP_DigestUpdate(scratch, tag, tag.count), "EVP_DigestUpdate")
        OpenSSL.require(unsafe EVP_DigestFinal_ex(scratch, &tag, nil), "EVP_DigestFinal_ex")
        return Digest(tag.span, at: 0)
    }

    /// True when `tag` authenticates `message`; compared in constant time.
    package func isAuthentic(_ tag: Digest, for message: [UInt8]) -> Bool {
        constantTimeEqual(authenticate(message), tag)
    }

    // Invariant: both contexts are written in init only and freed in deinit only; copying from one reads it.
    @safe private final class State: @unchecked Sendable {
        let inner: OpaquePointer
        let outer: OpaquePointer

        init(_ key: Span<UInt8>) {
            let blockBytes = 64
            var block = [UInt8](repeating: 0, count: blockBytes)
            defer { wipe(&block) }
            if key.count > blockBytes {
                let short = Digest.sha256(key)
                short.withSpan { span in
                    for index in 0..<span.count { block[index] = span[index] }
                }
            } else {
                for index in 0..<key.count { block[index] = key[index] }
            }
            for index in 0..<blockBytes { block[index] ^= 0x36 }
            unsafe inner = State.absorbed(block)
            for index in 0..<blockBytes { block[index] ^= 0x36 ^ 0x5c }
            unsafe outer = State.absorbed(block)
        }

        deinit {
            unsafe EVP_MD_CTX_free(inner)
            unsafe EVP_MD_CTX_free(outer)
        }

        private static func absorbed(_ block: [UInt8]) -> OpaquePointer {
            let context = unsafe OpenSSL.required(EVP_MD_CTX_new(), "EVP_MD_CTX")
            OpenSSL.require(unsafe EVP_DigestInit_ex2(context, OpenSSL.sha256, nil), "EVP_DigestInit_ex2")
            OpenSSL.require(unsafe EVP_DigestUpdate(context, block, block.count), "EVP_DigestUpdate")
            return unsafe context
        }
    }
}
