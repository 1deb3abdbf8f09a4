import COpenSSL

/// Whether two byte strings are equal, in a time that depends on their lengths alone.
package func constantTimeEqual(_ left: [UInt8], _ right: [UInt8]) -> Bool {
    constantTimeEqual(left.span, right.span)
}

package func constantTimeEqual(_ left: Span<UInt8>, _ right: Span<UInt8>) -> Bool {
    guard left.count == right.count else { return false }
    // Invariant: both pointers cover `left.count` bytes and are used within the call only.
    return unsafe left.withUnsafeBytes { a in
        unsafe right.withUnsafeBytes { b in
            guard let first = a.baseAddress, let second = b.baseAddress else { return true }
            return unsafe CRYPTO_memcmp(first, second, a.count) == 0
        }
    }
}

package func constantTimeEqual(_ left: Digest, _ right: Digest) -> Bool {
    left.withSpan { a in right.withSpan { b in constantTimeEqual(a, b) } }
}
