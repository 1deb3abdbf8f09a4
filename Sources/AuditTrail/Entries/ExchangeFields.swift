import Cryptography
import ProtobufWire
import Redaction
import Vocabulary

/// The fields of an EXCHANGE while they are being read: each may still be missing.
struct ExchangeFields {
    var exchange: ExchangeID?
    var part: UInt32 = 0
    var isLastPart = false
    var reference: LedgerIndex?
    var consumer: OrganisationNumber?
    var provider: OrganisationNumber?
    var client: PrincipalNumber?
    var agreementEntry: LedgerIndex?
    var termsDigest: Digest?
    var epochs: Epochs?
    var operation: Operation?
    var purpose: PurposeCode?
    var legalBasis: LegalBasisCode?
    var dataset: DatasetID?
    var datasetRevision: UInt64 = 0
    var tokenDigest: Digest?
    var certificate: Thumbprint?
    var fieldsAsked = LeafSet()
    var fieldsReleased = LeafSet()
    var fieldsTransformed = LeafSet()
    var rowsRead: UInt32 = 0
    var rowsReleased: UInt32 = 0
    var rowsSuppressed: UInt32 = 0
    var requestCommitment: Digest?
    var recordsRoot: Digest?
    var caseCommitment: Digest?
    var subject: Digest?
    var seenSize: UInt64?
    var seenRoot: Digest?
    var signature: [UInt8]?
    var evidenceKey: LedgerIndex?
    var nonce: [UInt8]?
    var evidenceTime: Timestamp?
    var bytesReleased: UInt64 = 0

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        var reader = CanonicalReader(bytes)
        while let field = try reader.next() {
            if field.number <= 17 { try readIdentity(field) } else { try readContent(field) }
        }
    }

    private mutating func readIdentity(_ field: CanonicalField) throws(WireFault) {
        switch field.number {
        case 1: exchange = try field.exchangeID()
        case 2: part = try field.uint32()
        case 3: isLastPart = try field.bool()
        case 4: reference = try field.entry()
        case 5: consumer = try field.organisation()
        case 6: provider = try field.organisation()
        case 7: client = try field.principal()
        case 8: agreementEntry = try field.entry()
        case 9: termsDigest = try field.digest()
        case 10: epochs = try field.epochs()
        case 11: operation = try field.member()
        case 12: purpose = try field.parsed(PurposeCode.init)
        case 13: legalBasis = try field.parsed(LegalBasisCode.init)
        case 14: dataset = try field.parsed(DatasetID.init)
        case 15: datasetRevision = try field.varint()
        case 16: tokenDigest = try field.digest()
        case 17: certificate = try field.thumbprint()
        default: throw .unknownField(field.number)
        }
    }

    private mutating func readContent(_ field: CanonicalField) throws(WireFault) {
        switch field.number {
        case 18: fieldsAsked = try field.leafSet()
        case 19: fieldsReleased = try field.leafSet()
        case 20: fieldsTransformed = try field.leafSet()
        case 21: rowsRead = try field.uint32()
        case 22: rowsReleased = try field.uint32()
        case 23: rowsSuppressed = try field.uint32()
        case 24: requestCommitment = try field.digest()
        case 25: recordsRoot = try field.digest()
        case 26: caseCommitment = try field.digest()
        case 27: subject = try field.digest()
        case 28: seenSize = try field.varint()
        case 29: seenRoot = try field.digest()
        case 30: signature = try field.bytes(count: 64)
        case 31: evidenceKey = try field.entry()
        case 32: nonce = try field.bytes(count: 16)
        case 33: evidenceTime = try field.time()
        case 34: bytesReleased = try field.varint()
        default: throw .unknownField(field.number)
        }
    }

    /// The entry, where nothing that must be present is missing.
    func entry() throws(WireFault) -> ExchangeEntry {
        var entry = ExchangeEntry(
            exchange: try required(exchange, 1), consumer: try required(consumer, 5), provider: try required(provider, 6),
            client: try required(client, 7), agreementEntry: try required(agreementEntry, 8),
            termsDigest: try required(termsDigest, 9), epochs: try required(epochs, 10),
            operation: try required(operation, 11), purpose: try required(purpose, 12), legalBasis: try required(legalBasis, 13),
            dataset: try required(dataset, 14), datasetRevision: datasetRevision,
            tokenDigest: try required(tokenDigest, 16), certificate: try required(certificate, 17),
            fieldsAsked: fieldsAsked, fieldsReleased: fieldsReleased, fieldsTransformed: fieldsTransformed,
            rowsRead: rowsRead, rowsReleased: rowsReleased, rowsSuppressed: rowsSuppressed,
            requestCommitment: try required(requestCommitment, 24), recordsRoot: try required(recordsRoot, 25),
            subject: try required(subject, 27))
        entry.part = part
        entry.isLastPart = isLastPart
        entry.reference = reference
        entry.caseCommitment = caseCommitment
        entry.bytesReleased = bytesReleased
        if seenSize != nil || seenRoot != nil {
            entry.seen = ExchangeEntry.SeenCheckpoint(size: try required(seenSize, 28), root: try required(seenRoot, 29))
        }
        if signature != nil || evidenceKey != nil || nonce != nil || evidenceTime != nil {
            entry.evidence = ExchangeEntry.Evidence(
                signature: try required(signature, 30), key: try required(evidenceKey, 31),
                nonce: try required(nonce, 32), time: try required(evidenceTime, 33))
        }
        return entry
    }
}

extension CanonicalField {
    func leafSet() throws(WireFault) -> LeafSet {
        guard let set = LeafSet(canonicalBytes: try bytes()) else { throw .outOfRange(field: number) }
        return set
    }

    /// A string with a grammar of its own.
    func parsed<Name>(_ parse: (String) -> Name?) throws(WireFault) -> Name {
        guard let name = parse(try string()) else { throw .outOfRange(field: number) }
        return name
    }
}
