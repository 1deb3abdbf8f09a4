/// HKDF (RFC 5869) with SHA-256.
package enum HKDF {
    /// The most that RFC 5869 §2.3 lets one call give: 255 blocks of 32 bytes.
    package static let maxLength = 255 * Digest.byteCount

    /// Extract and expand. An empty `salt` means 32 zero bytes, as the RFC says. Traps unless 1 <= `length` <= 8160.
    package static func sha256(ikm: [UInt8], salt: [UInt8], info: [UInt8], length: Int) -> [UInt8] {
        var pseudorandomKey = extract(ikm: ikm, salt: salt).bytes
        defer { wipe(&pseudorandomKey) }
        return expand(pseudorandomKey: pseudorandomKey, info: info, length: length)
    }

    /// The same from a wiped secret to a wiped secret.
    package static func sha256(secret: SecretBytes, salt: [UInt8], info: [UInt8], length: Int) -> SecretBytes {
        let pseudorandomKey = secret.withSpan { HMACKey.sha256(salt).authenticate($0) }
        var output = expand(pseudorandomKey: pseudorandomKey.bytes, info: info, length: length)
        defer { wipe(&output) }
        return SecretBytes(output)
    }

    static func extract(ikm: [UInt8], salt: [UInt8]) -> Digest {
        // HMAC pads its key with zeros, so an empty key is the same as 32 zero bytes.
        HMACKey.sha256(salt).authenticate(ikm)
    }

    static func expand(pseudorandomKey: [UInt8], info: [UInt8], length: Int) -> [UInt8] {
        precondition(length >= 1 && length <= maxLength, "HKDF-SHA-256 gives 1 to 8160 bytes")
        let key = HMACKey.sha256(pseudorandomKey)
        var output: [UInt8] = []
        output.reserveCapacity(length + Digest.byteCount)
        var block: [UInt8] = []
        var counter: UInt8 = 0
        while output.count < length {
            counter += 1
            block += info
            block.append(counter)
            let next = key.authenticate(block)
            next.append(to: &output)
            block = next.bytes
        }
        output.removeLast(output.count - length)
        return output
    }
}
