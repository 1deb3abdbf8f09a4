import COpenSSL

/// The AES-256-CTR key stream under one key from a zero counter block: as many pseudorandom bytes as are asked for, in
/// order. It encrypts nothing; use one key for one purpose.
@safe package struct AESCounterStream: ~Copyable {
    // Invariant: owned by this value alone, keyed in init, freed (and wiped) once in deinit.
    private let context: OpaquePointer

    /// `key` is 32 bytes.
    package init(key: Span<UInt8>) throws(CryptographyFault) {
        guard key.count == 32 else { throw .wrongLength(what: "a key of the counter stream", expected: "32 bytes", actual: key.count) }
        let context = unsafe OpenSSL.required(EVP_CIPHER_CTX_new(), "EVP_CIPHER_CTX")
        let counter = [UInt8](repeating: 0, count: 16)
        let status = unsafe key.withUnsafeBufferPointer { buffer in
            unsafe EVP_EncryptInit_ex2(context, OpenSSL.aes256CTR, buffer.baseAddress, counter, nil)
        }
        OpenSSL.require(status, "EVP_EncryptInit_ex2")
        unsafe self.context = context
    }

    package init(key: SecretBytes) throws(CryptographyFault) {
        // A closure cannot return a non-copyable value through `withSpan`, so the key is copied for the call and wiped.
        var copy = key.exposed()
        defer { wipe(&copy) }
        try self.init(key: copy.span)
    }

    deinit {
        unsafe EVP_CIPHER_CTX_free(context)
    }

    /// The next `count` bytes of the stream.
    package mutating func next(_ count: Int) -> [UInt8] {
        var output = [UInt8](repeating: 0, count: count)
        fill(&output)
        return output
    }

    /// Overwrites all of `buffer` with the next bytes of the stream, allocating nothing.
    package mutating func fill(_ buffer: inout [UInt8]) {
        precondition(buffer.count <= Int(Int32.max), "at most 2 GiB of key stream at once")
        // Invariant: encryption in place of exactly the array's elements; CTR writes as many bytes as it reads.
        unsafe buffer.withUnsafeMutableBufferPointer { target in
            unsafe target.update(repeating: 0)
            var written: Int32 = 0
            let status = unsafe EVP_EncryptUpdate(context, target.baseAddress, &written, target.baseAddress, Int32(target.count))
            precondition(status == 1 && Int(written) == target.count, "libcrypto failed in EVP_EncryptUpdate")
        }
    }
}
