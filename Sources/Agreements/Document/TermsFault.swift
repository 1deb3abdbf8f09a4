import ProtobufWire

/// Why something is not a terms document, a canonical encoding, or a statement of this module.
package enum TermsFault: Error, Hashable, Sendable {
    /// The document breaks rules of its form; every one that was found, up to `TermsLimits.maxProblems`.
    case problems([TermsProblem])
    /// The bytes are not the canonical encoding.
    case wire(WireFault)
    /// The canonical encoding is longer than allowed.
    case tooLarge(bytes: Int, limit: Int)

    /// Every fault as problems, for an answer that lists them.
    package var problems: [TermsProblem] {
        switch self {
        case .problems(let problems):
            problems
        case .wire:
            [TermsProblem(.notCanonical, path: "", fault: "is not canonically encoded", remedy: "Encode it as Protocols/terms.proto says.")]
        case .tooLarge(let bytes, let limit):
            [TermsProblem(.tooLarge, path: "", fault: "takes \(bytes) bytes, over the limit of \(limit)", remedy: "Shorten texts or split the agreement.")]
        }
    }
}
