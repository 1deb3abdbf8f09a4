import COpenSSL

/// SHA-256 (FIPS 180-4) over bytes given in pieces. After ``finish()`` it is empty again: keep one and reuse it in loops,
/// because making it costs more than hashing a short input.
@safe package struct SHA256: ~Copyable {
    // Invariant: owned by this value alone and freed once, in deinit; always initialised for SHA-256.
    private let context: OpaquePointer

    package init() {
        unsafe context = OpenSSL.required(EVP_MD_CTX_new(), "EVP_MD_CTX")
        OpenSSL.require(unsafe EVP_DigestInit_ex2(context, OpenSSL.sha256, nil), "EVP_DigestInit_ex2")
    }

    deinit {
        unsafe EVP_MD_CTX_free(context)
    }

    package mutating func update(_ span: Span<UInt8>) {
        // Invariant: the pointer is used within the call only.
        unsafe span.withUnsafeBufferPointer { buffer in
            OpenSSL.require(unsafe EVP_DigestUpdate(context, buffer.baseAddress, buffer.count), "EVP_DigestUpdate")
        }
    }

    package mutating func update(_ bytes: [UInt8]) {
        update(bytes.span)
    }

    package mutating func update(_ byte: UInt8) {
        // Invariant: one byte is read, within the call.
        unsafe withUnsafeBytes(of: byte) { buffer in
            OpenSSL.require(unsafe EVP_DigestUpdate(context, buffer.baseAddress, 1), "EVP_DigestUpdate")
        }
    }

    /// Four bytes, most significant first.
    package mutating func update(bigEndian value: UInt32) {
        // Invariant: four bytes are read, within the call.
        unsafe withUnsafeBytes(of: value.bigEndian) { buffer in
            OpenSSL.require(unsafe EVP_DigestUpdate(context, buffer.baseAddress, 4), "EVP_DigestUpdate")
        }
    }

    package mutating func update(_ digest: Digest) {
        digest.withSpan { update($0) }
    }

    /// The digest of everything given since the last call; then starts afresh.
    package mutating func finish() -> Digest {
        var words: (UInt64, UInt64, UInt64, UInt64) = (0, 0, 0, 0)
        // Invariant: SHA-256 writes exactly 32 bytes into the 32-byte tuple.
        unsafe withUnsafeMutableBytes(of: &words) { output in
            let target = unsafe output.baseAddress?.assumingMemoryBound(to: UInt8.self)
            OpenSSL.require(unsafe EVP_DigestFinal_ex(context, target, nil), "EVP_DigestFinal_ex")
        }
        OpenSSL.require(unsafe EVP_DigestInit_ex2(context, nil, nil), "EVP_DigestInit_ex2")
        return Digest(words: words)
    }
}
