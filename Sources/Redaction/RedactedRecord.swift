import Cryptography

/// A record as it may leave. Only this module makes one, by running a program (`RedactionRun`) or by taking what a run elsewhere answered
/// (`AnsweredRun`), so holding one means that redaction happened.
package struct RedactedRecord: Sendable {
    /// Canonical wire bytes in the program's output schema. Empty where nothing leaves.
    package let bytes: [UInt8]
    /// What the ledger's records root is computed over.
    package let commitment: Digest
    /// What the recipient is given to check the commitment.
    package let opening: RecordOpening

    init(bytes: [UInt8], commitment: Digest, opening: RecordOpening) {
        self.bytes = bytes
        self.commitment = commitment
        self.opening = opening
    }
}

/// What became of one source record.
package enum RecordOutcome: Sendable {
    case released(RedactedRecord)
    /// Outside the row filter: to the recipient it does not exist.
    case filteredOut
    /// It cannot be redacted, and so it stays.
    case withheld(WithholdReason)
}

/// Why a record stays. Says nothing of its values.
package enum WithholdReason: Hashable, Sendable, CustomStringConvertible {
    /// Its bytes are not a record of this schema that every reader would read alike.
    case malformed
    /// More bytes, fields or sub-messages than the limits allow.
    case tooLarge
    /// A value was invalid or could not be transformed, and its rule says `on_error=fail`. The leaf's place in the schema.
    case failedTransform(leaf: Int)

    package var description: String {
        switch self {
        case .malformed: "malformed"
        case .tooLarge: "too-large"
        case .failedTransform(let leaf): "failed-transform(leaf \(leaf))"
        }
    }
}
