import Authorization
import Cryptography
import Redaction
import Tokens
import Vocabulary

/// One permitted exchange: what was asked, by whom, under what, and the key from which its salts come. Shared by the threads that it passes.
final class Exchange: Sendable {
    let form: QueryForm
    let call: Call
    let token: VerifiedToken
    let governed: GovernedDataset
    /// The registry's generation when `governed` was looked up.
    let generation: UInt64
    /// The only way from a record of the source to the caller.
    let program: RedactionProgram
    let charge: QuotaCharge
    let secrets: ExchangeSecrets
    /// The earlier entry that this one repeats.
    let reference: LedgerIndex?

    init(
        form: QueryForm, call: Call, token: VerifiedToken, governed: GovernedDataset, generation: UInt64, program: RedactionProgram,
        charge: QuotaCharge, secrets: ExchangeSecrets
    ) {
        self.form = form
        self.call = call
        self.token = token
        self.governed = governed
        self.generation = generation
        self.program = program
        self.charge = charge
        self.secrets = secrets
        reference = nil
    }

    private init(_ earlier: Exchange, secrets: ExchangeSecrets, reference: LedgerIndex?) {
        form = earlier.form
        call = earlier.call
        token = earlier.token
        governed = earlier.governed
        generation = earlier.generation
        program = earlier.program
        charge = earlier.charge
        self.secrets = secrets
        self.reference = reference
    }

    /// The exchange that was answered before, once more: its salts make the same commitments.
    func again(_ memory: RequestMemory) -> Exchange {
        Exchange(self, secrets: secrets.with(id: memory.exchange, saltKey: memory.saltKey), reference: reference)
    }

    /// An entry of its own for a repeated request, because the earlier one is not about this answer.
    func repeating(_ entry: LedgerIndex) -> Exchange {
        Exchange(self, secrets: secrets, reference: entry)
    }

    var id: ExchangeID { secrets.id }
    var saltKey: [UInt8] { secrets.saltKey }
}

/// The random words of one exchange, from one draw: a draw costs more than what is drawn.
struct ExchangeSecrets: Sendable {
    private(set) var id: ExchangeID
    /// `xk`, 32 bytes: drawn for this entry alone.
    private(set) var saltKey: [UInt8]
    /// The tag of an exchange that is about nobody.
    let randomTag: Digest
    /// 32 bytes, for a person who has no key yet.
    let freshSubjectKey: [UInt8]

    init(from randomness: Randomness) {
        let drawn = randomness.bytes(16 + 3 * 32)
        guard let id = ExchangeID(drawn[..<16]) else { preconditionFailure("16 bytes") }
        self.id = id
        saltKey = Array(drawn[16..<48])
        randomTag = Digest(drawn.span, at: 48)
        freshSubjectKey = Array(drawn[80...])
    }

    /// Those of an earlier entry, so that the same records make the same commitments.
    func with(id: ExchangeID, saltKey: [UInt8]) -> ExchangeSecrets {
        var earlier = self
        earlier.id = id
        earlier.saltKey = saltKey
        return earlier
    }
}
