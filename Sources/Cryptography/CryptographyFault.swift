/// What can go wrong in this module. No case carries a key, a plaintext or any part of the input.
package enum CryptographyFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// An input has a length that the algorithm does not take. Lengths are in bytes.
    case wrongLength(what: String, expected: String, actual: Int)
    /// Bytes that should be a key, certificate, signature or text form are not one.
    case malformed(what: String, reason: String)
    /// A well-formed key of a kind that this system does not use.
    case unsupportedKey(String)
    /// A sealed message or a signature did not authenticate. Deliberately without detail.
    case notAuthentic
    /// libcrypto refused an operation that should not fail; the call is named.
    case library(operation: String)

    package var description: String {
        switch self {
        case .wrongLength(let what, let expected, let actual):
            "\(what) is \(actual) bytes long; give \(expected)"
        case .malformed(let what, let reason): "\(what) cannot be read: \(reason)"
        case .unsupportedKey(let reason): "the key cannot be used: \(reason)"
        case .notAuthentic: "the message does not authenticate under this key"
        case .library(let operation): "libcrypto failed in \(operation)"
        }
    }
}
