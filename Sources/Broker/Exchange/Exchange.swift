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
    /// The only way from a record of the source to the caller.
    let program: RedactionProgram
    let charge: QuotaCharge
    private(set) var id: ExchangeID
    /// `xk`, 32 bytes: drawn for this entry alone.
    private(set) var saltKey: [UInt8]
    /// The earlier entry that this one repeats.
    private(set) var reference: LedgerIndex?

    init(
        form: QueryForm, call: Call, token: VerifiedToken, governed: GovernedDataset, program: RedactionProgram, charge: QuotaCharge,
        id: ExchangeID, saltKey: [UInt8]
    ) {
        self.form = form
        self.call = call
        self.token = token
        self.governed = governed
        self.program = program
        self.charge = charge
        self.id = id
        self.saltKey = saltKey
    }

    /// The same exchange as an entry of its own, because the answer is no longer what it was.
    func repeated(id: ExchangeID, saltKey: [UInt8], of entry: LedgerIndex) -> Exchange {
        var again = self
        again.id = id
        again.saltKey = saltKey
        again.reference = entry
        return again
    }

    /// Leaves that the caller asked for: those of the program.
    var asked: LeafSet { program.releasedLeaves.union(program.transformedLeaves) }
}
