import Cryptography

/// Why a note, checkpoint, proof, path or bundle was refused. The whole-log verifier has its own ``LogFault``, which names the place.
package enum TransparencyFault: Error, Equatable, Sendable, CustomStringConvertible {
    /// The bytes break the grammar of their format.
    case malformed(what: String, reason: String)
    /// A signature that bears the name and id of a known key does not verify.
    case badSignature(name: String)
    /// No signature of a known key is there, or none by a key that is valid at this tree size.
    case unsigned(origin: String)
    /// Well signed, but by or for another log than the one expected.
    case wrongOrigin(expected: String)
    /// Fewer witnesses than the quorum have cosigned.
    case quorumMissing(wanted: Int, found: Int)
    /// Nothing younger than the greatest age allowed vouches for the checkpoint. In seconds since 1970.
    case stale(newest: UInt64)
    /// A Merkle proof does not lead to the root.
    case badProof(String)
    /// libcrypto could not sign.
    case cryptography(CryptographyFault)

    package var description: String {
        switch self {
        case .malformed(let what, let reason): "\(what) is malformed: \(reason)"
        case .badSignature(let name): "the signature by \(name) does not verify"
        case .unsigned(let origin): "the checkpoint of \(origin) bears no signature of a key that is known and valid at its size"
        case .wrongOrigin(let expected): "the checkpoint is not one of \(expected)"
        case .quorumMissing(let wanted, let found): "\(found) witnesses cosigned where the policy wants \(wanted)"
        case .stale(let newest): "the newest cosignature is of second \(newest) since 1970, which is outside the age allowed"
        case .badProof(let reason): "the Merkle proof is wrong: \(reason)"
        case .cryptography(let fault): fault.description
        }
    }
}
