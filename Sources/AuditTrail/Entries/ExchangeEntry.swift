import Cryptography
import ProtobufWire
import Redaction
import Vocabulary

/// A release of records: one entry for a unary answer, one for each batch of a stream. Holds commitments, never a value of a record.
package struct ExchangeEntry: Sendable, Equatable {
    /// A checkpoint that the client says it had verified before it asked.
    package struct SeenCheckpoint: Sendable, Equatable {
        package var size: UInt64
        package var root: Digest

        package init(size: UInt64, root: Digest) {
            self.size = size
            self.root = root
        }
    }

    /// The consumer's signature over its request, where the agreement asks for signed evidence.
    package struct Evidence: Sendable, Equatable {
        /// r || s, 64 bytes.
        package var signature: [UInt8]
        /// The REGISTRY entry of the certificate whose key made it.
        package var key: LedgerIndex
        /// 16 bytes.
        package var nonce: [UInt8]
        package var time: Timestamp

        package init(signature: [UInt8], key: LedgerIndex, nonce: [UInt8], time: Timestamp) {
            self.signature = signature
            self.key = key
            self.nonce = nonce
            self.time = time
        }
    }

    package var exchange: ExchangeID
    /// Position of this batch in its stream, from 0.
    package var part: UInt32 = 0
    package var isLastPart = true
    /// The earlier EXCHANGE that this one repeats or resumes.
    package var reference: LedgerIndex?
    package var consumer: OrganisationNumber
    package var provider: OrganisationNumber
    package var client: PrincipalNumber
    /// The AGREEMENT entry that put the version in force; lower than this entry's own index.
    package var agreementEntry: LedgerIndex
    package var termsDigest: Digest
    /// As the writer saw them.
    package var epochs: Epochs
    package var operation: Operation
    package var purpose: PurposeCode
    package var legalBasis: LegalBasisCode
    package var dataset: DatasetID
    package var datasetRevision: UInt64
    /// SHA-256 of the token's `jti`.
    package var tokenDigest: Digest
    package var certificate: Thumbprint
    package var fieldsAsked: LeafSet
    package var fieldsReleased: LeafSet
    package var fieldsTransformed: LeafSet
    package var rowsRead: UInt32
    package var rowsReleased: UInt32
    package var rowsSuppressed: UInt32
    /// SHA-256(salt, canonical request).
    package var requestCommitment: Digest
    /// RFC 6962 root over the record commitments in order of release.
    package var recordsRoot: Digest
    /// Salted commitment to the case reference and end user.
    package var caseCommitment: Digest?
    /// The subject tag, or the root over the tags of a batch; random where the query was about nobody.
    package var subject: Digest
    package var seen: SeenCheckpoint?
    package var evidence: Evidence?
    package var bytesReleased: UInt64 = 0

    package init(
        exchange: ExchangeID, consumer: OrganisationNumber, provider: OrganisationNumber, client: PrincipalNumber,
        agreementEntry: LedgerIndex, termsDigest: Digest, epochs: Epochs,
        operation: Operation, purpose: PurposeCode, legalBasis: LegalBasisCode, dataset: DatasetID, datasetRevision: UInt64,
        tokenDigest: Digest, certificate: Thumbprint,
        fieldsAsked: LeafSet, fieldsReleased: LeafSet, fieldsTransformed: LeafSet,
        rowsRead: UInt32, rowsReleased: UInt32, rowsSuppressed: UInt32,
        requestCommitment: Digest, recordsRoot: Digest, subject: Digest
    ) {
        self.exchange = exchange
        self.consumer = consumer
        self.provider = provider
        self.client = client
        self.agreementEntry = agreementEntry
        self.termsDigest = termsDigest
        self.epochs = epochs
        self.operation = operation
        self.purpose = purpose
        self.legalBasis = legalBasis
        self.dataset = dataset
        self.datasetRevision = datasetRevision
        self.tokenDigest = tokenDigest
        self.certificate = certificate
        self.fieldsAsked = fieldsAsked
        self.fieldsReleased = fieldsReleased
        self.fieldsTransformed = fieldsTransformed
        self.rowsRead = rowsRead
        self.rowsReleased = rowsReleased
        self.rowsSuppressed = rowsSuppressed
        self.requestCommitment = requestCommitment
        self.recordsRoot = recordsRoot
        self.subject = subject
    }
}

extension ExchangeEntry: EntryMessage {
    func write(to writer: inout WireWriter) {
        writer.bytes(1, exchange.bytes)
        writer.varint(2, UInt64(part))
        writer.bool(3, isLastPart)
        writer.entry(4, reference)
        writer.varint(5, UInt64(consumer.value))
        writer.varint(6, UInt64(provider.value))
        writer.varint(7, UInt64(client.value))
        writer.entry(8, agreementEntry)
        writer.digest(9, termsDigest)
        writer.epochs(10, epochs)
        writer.varint(11, UInt64(operation.rawValue))
        writer.string(12, purpose.text)
        writer.string(13, legalBasis.text)
        writer.string(14, dataset.text)
        writer.varint(15, datasetRevision)
        writer.digest(16, tokenDigest)
        writer.thumbprint(17, certificate)
        writer.bytes(18, fieldsAsked.bytes)
        writer.bytes(19, fieldsReleased.bytes)
        writer.bytes(20, fieldsTransformed.bytes)
        writer.varint(21, UInt64(rowsRead))
        writer.varint(22, UInt64(rowsReleased))
        writer.varint(23, UInt64(rowsSuppressed))
        writer.digest(24, requestCommitment)
        writer.digest(25, recordsRoot)
        writer.digest(26, caseCommitment)
        writer.digest(27, subject)
        writer.varint(28, seen?.size ?? 0)
        writer.digest(29, seen?.root)
        writer.bytes(30, evidence?.signature ?? [])
        writer.entry(31, evidence?.key)
        writer.bytes(32, evidence?.nonce ?? [])
        writer.time(33, evidence?.time)
        writer.varint(34, bytesReleased)
    }

    /// Says the same as reading the bytes, without reading them, because every call writes one: a number that would be left out as a default, and
    /// parts of another length than the reader takes. Everything else cannot be unreadable by its type.
    func requireReadable(_ written: [UInt8]) throws(WireFault) {
        for (number, value) in [(5, consumer.value), (6, provider.value), (7, client.value)] where value == 0 { throw .missing(field: number) }
        guard reference?.value != 0 else { throw .notCanonical }
        guard agreementEntry.value != 0 else { throw .missing(field: 8) }
        guard seen?.size != 0 else { throw .missing(field: 28) }
        guard let evidence else { return }
        guard evidence.signature.count == 64 else { throw .outOfRange(field: 30) }
        guard evidence.key.value != 0 else { throw .missing(field: 31) }
        guard evidence.nonce.count == 16 else { throw .outOfRange(field: 32) }
        guard evidence.time.microseconds > 0 else { throw .missing(field: 33) }
    }

    init(reading bytes: ArraySlice<UInt8>) throws(WireFault) {
        self = try ExchangeFields(reading: bytes).entry()
    }
}
