import Authorization
import Cryptography
import Redaction
import Tokens
import Vocabulary

/// One permitted exchange: what was asked, by whom, under what, and the key from which its salts come.
struct Exchange: Sendable {
    let form: QueryForm
    let call: Call
    let token: VerifiedToken
    let governed: GovernedDataset
    /// The registry's generation when `governed` was looked up.
    let generation: UInt64
    /// The only way from a record of the source to the caller.
    let program: RedactionProgram
    let charge: QuotaCharge
    private(set) var id: ExchangeID
    /// `xk`, 32 bytes: drawn for this entry alone.
    private(set) var saltKey: [UInt8]
    /// The earlier entry that this one repeats.
    private(set) var reference: LedgerIndex?

    init(
        form: QueryForm, call: Call, token: VerifiedToken, governed: GovernedDataset, generation: UInt64, program: RedactionProgram,
        charge: QuotaCharge, id: ExchangeID, saltKey: [UInt8]
    ) {
        self.form = form
        self.call = call
        self.token = token
        self.governed = governed
        self.generation = generation
        self.program = program
        self.charge = charge
        self.id = id
        self.saltKey = saltKey
    }

    /// The exchange that was answered before, once more: its salts make the same commitments.
    func again(_ memory: RequestMemory) -> Exchange {
        var again = self
        again.id = memory.exchange
        again.saltKey = memory.saltKey
        return again
    }

    /// An entry of its own for a repeated request, because the earlier one is not about this answer.
    func repeating(_ entry: LedgerIndex) -> Exchange {
        var again = self
        again.reference = entry
        return again
    }

    /// Leaves that the caller asked for: those of the program.
    var asked: LeafSet { program.releasedLeaves.union(program.transformedLeaves) }
}
