import COpenSSL

/// An Ed25519 verifying key (RFC 8032). Keys in a non-canonical form and the points of small order are refused when
/// the key is read: with those, one signature could verify for many messages.
package struct Ed25519PublicKey: Hashable, Sendable {
    /// The 32-byte encoding.
    package let bytes: [UInt8]
    private let handle: KeyHandle

    package init(_ bytes: [UInt8]) throws(CryptographyFault) {
        guard bytes.count == 32 else { throw .wrongLength(what: "an Ed25519 public key", expected: "32 bytes", actual: bytes.count) }
        guard Ed25519PublicKey.isCanonical(bytes) else {
            throw .malformed(what: "Ed25519 public key", reason: "its y coordinate is not below 2^255 - 19")
        }
        guard !Ed25519PublicKey.hasSmallOrder(bytes) else {
            throw .unsupportedKey("it is a point of small order, under which signatures prove nothing")
        }
        // Invariant: the new key is owned by the handle.
        guard let key = unsafe EVP_PKEY_new_raw_public_key(EVP_PKEY_ED25519, nil, bytes, bytes.count) else {
            throw OpenSSL.fault("EVP_PKEY_new_raw_public_key")
        }
        self.bytes = bytes
        unsafe handle = KeyHandle(owning: key)
    }

    /// True when `signature` is 64 bytes, its S is below the group order and it verifies for `message`.
    package func isValid(_ signature: [UInt8], for message: [UInt8]) -> Bool {
        // Ed25519 hashes by itself, so there is no digest to hand over.
        unsafe signature.count == 64 && handle.verify(signature, over: message, digest: nil)
    }

    package static func == (left: Ed25519PublicKey, right: Ed25519PublicKey) -> Bool {
        left.bytes == right.bytes
    }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(bytes)
    }

    /// y < 2^255 - 19, where the top bit of the last byte is the sign of x.
    private static func isCanonical(_ bytes: [UInt8]) -> Bool {
        guard bytes[31] & 0x7f == 0x7f else { return true }
        for index in 1..<31 where bytes[index] != 0xff { return true }
        return bytes[0] < 0xed
    }

    /// The y coordinates of the eight points whose order divides 8: 0, 1, -1 and the two of order 8.
    private static let smallOrder: [[UInt8]] = [
        [UInt8](repeating: 0, count: 32),
        [1] + [UInt8](repeating: 0, count: 31),
        [0xec] + [UInt8](repeating: 0xff, count: 30) + [0x7f],
        [
            0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b, 0x76, 0x0d, 0x10, 0x67, 0x0f,
            0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39, 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a,
        ],
        [
            0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4, 0x89, 0xf2, 0xef, 0x98, 0xf0,
            0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6, 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05,
        ],
    ]

    private static func hasSmallOrder(_ bytes: [UInt8]) -> Bool {
        var y = bytes
        y[31] &= 0x7f
        return smallOrder.contains(y)
    }
}
