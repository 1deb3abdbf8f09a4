import Cryptography
import Redaction
import Vocabulary

/// Of a stored EXCHANGE what is counted where there are very many: who, under what, and how much.
package struct ExchangeOutline: Sendable, Equatable {
    package internal(set) var sequenced = Timestamp(microseconds: 0)
    package internal(set) var exchange: ExchangeID
    package internal(set) var part: UInt32 = 0
    package internal(set) var consumer = OrganisationNumber(0)
    package internal(set) var provider = OrganisationNumber(0)
    package internal(set) var client = PrincipalNumber(0)
    package internal(set) var agreementEntry = LedgerIndex(0)
    package internal(set) var operation = Operation.query
    package internal(set) var purpose: PurposeCode
    package internal(set) var dataset: DatasetID
    package internal(set) var certificate = Thumbprint(.zero)
    package internal(set) var fieldsReleased = LeafSet()
    package internal(set) var fieldsTransformed = LeafSet()
    package internal(set) var rowsReleased: UInt32 = 0
    package internal(set) var rowsSuppressed: UInt32 = 0
    package internal(set) var bytesReleased: UInt64 = 0
}
