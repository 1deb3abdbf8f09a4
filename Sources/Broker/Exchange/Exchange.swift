import AuditTrail
import Authorization
import Cryptography
import DataSources
import Redaction
import Tokens
import Vocabulary

/// One permitted exchange: what was asked, by whom, under what, and the key from which its salts come. Shared by the threads that it passes.
final class Exchange: Sendable {
    let form: ExchangeForm
    let call: Call
    let token: VerifiedToken
    let governed: GovernedDataset
    /// The registry's generation when `governed` was looked up.
    let generation: UInt64
    /// The only way from a record of the source to the caller.
    let program: RedactionProgram
    let charge: QuotaCharge
    let secrets: ExchangeSecrets
    /// The earlier entry that this one repeats, or after which this stream goes on.
    let reference: LedgerIndex?
    /// Position of this batch in its stream, from 0.
    let part: UInt32
    /// When this batch was asked for: for the first, when the call arrived.
    let begun: Timestamp

    init(
        form: ExchangeForm, call: Call, token: VerifiedToken, governed: GovernedDataset, generation: UInt64, program: RedactionProgram,
        charge: QuotaCharge, secrets: ExchangeSecrets, part: UInt32 = 0, begun: Timestamp? = nil, reference: LedgerIndex? = nil
    ) {
        self.form = form
        self.call = call
        self.token = token
        self.governed = governed
        self.generation = generation
        self.program = program
        self.charge = charge
        self.secrets = secrets
        self.part = part
        self.begun = begun ?? call.arrived
        self.reference = reference
    }

    private init(_ earlier: Exchange, secrets: ExchangeSecrets, reference: LedgerIndex?) {
        form = earlier.form
        call = earlier.call
        token = earlier.token
        governed = earlier.governed
        generation = earlier.generation
        program = earlier.program
        charge = earlier.charge
        part = earlier.part
        begun = earlier.begun
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

    /// In whose turn the source is read: the streams of a client have one of their own, so that its queries do not wait for them.
    var turn: SourceClient { form.operation == .stream ? call.caller.turn.ofStreams : call.caller.turn }

    /// Whether it counts as a call: the batches of a stream are one.
    var isNewCall: Bool { part == 0 }

    /// Whether an earlier entry, whose `xk` this is, commits to this request.
    func isAsked(alsoBy entry: ExchangeEntry, saltKey: [UInt8]) throws(RedactionFault) -> Bool {
        let salts = try EntrySalts(xk: SecretBytes(saltKey), fieldCount: program.schema.root.fields.count)
        return Commitments.request(salt: salts.request, canonicalRequest: form.canonicalBytes) == entry.requestCommitment
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
    /// 32 bytes, of which the key of each person is made who has none yet.
    let freshSubjectKey: [UInt8]

    init(from randomness: Randomness) {
        let drawn = randomness.bytes(16 + 3 * 32)
        guard let id = ExchangeID(drawn[..<16]) else { preconditionFailure("16 bytes") }
        self.id = id
        saltKey = Array(drawn[16..<48])
        randomTag = Digest(drawn.span, at: 48)
        freshSubjectKey = Array(drawn[80...])
    }

    /// Those of another batch of the same stream.
    func with(id: ExchangeID) -> ExchangeSecrets { with(id: id, saltKey: saltKey) }

    /// Those of an earlier entry, so that the same records make the same commitments.
    func with(id: ExchangeID, saltKey: [UInt8]) -> ExchangeSecrets {
        var earlier = self
        earlier.id = id
        earlier.saltKey = saltKey
        return earlier
    }
}
