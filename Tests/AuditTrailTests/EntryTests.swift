import Cryptography
import ProtobufWire
import Redaction
import Testing
import Vocabulary

@testable import AuditTrail

/// One entry of each kind with every field set, so that a field that is not written or not read shows.
enum Samples {
    static func digest(_ byte: UInt8) -> Digest { Digest([UInt8](repeating: byte, count: 32))! }
    static func thumbprint(_ byte: UInt8) -> Thumbprint { Thumbprint(digest(byte)) }
    static let signed = AgreementEntry.SignedStatement(
        bytes: [1, 2, 3], signature: [UInt8](repeating: 7, count: 64), certificate: thumbprint(9))
    static let epochs = Epochs(agreement: 17, organisation: 4, client: 9, broker: 6)

    static let allowance = TokenAllowance(
        version: AgreementVersion(3)!, purpose: PurposeCode("council-tax-reduction")!,
        datasets: [
            TokenAllowance.Dataset(id: DatasetID("uc.awards")!, actions: [.read, .query], fields: LeafSet([0, 1, 9])),
            TokenAllowance.Dataset(id: DatasetID("uc.claims")!, actions: [.query], fields: LeafSet()),
        ], limits: TokenAllowance.Limits(rows: 1_000, bytes: 1_000_000, calls: 50, rowsPerCall: 100))

    static func exchange() -> ExchangeEntry {
        var entry = ExchangeEntry(
            exchange: ExchangeID((1...16).map { UInt8($0) })!, consumer: OrganisationNumber(2), provider: OrganisationNumber(1),
            client: PrincipalNumber(70_001), agreementEntry: LedgerIndex(41), termsDigest: digest(1), epochs: epochs,
            operation: .query, purpose: PurposeCode("council-tax-reduction")!, legalBasis: LegalBasisCode("WRA2012-s131")!,
            dataset: DatasetID("uc.awards")!, datasetRevision: 3, tokenDigest: digest(2), certificate: thumbprint(3),
            fieldsAsked: LeafSet([0, 1, 9]), fieldsReleased: LeafSet([0, 1]), fieldsTransformed: LeafSet([9]),
            rowsRead: 3, rowsReleased: 2, rowsSuppressed: 1,
            requestCommitment: digest(4), recordsRoot: digest(5), subject: digest(6))
        entry.part = 2
        entry.reference = LedgerIndex(50)
        entry.caseCommitment = digest(7)
        entry.seen = ExchangeEntry.SeenCheckpoint(size: 40, root: digest(8))
        entry.evidence = ExchangeEntry.Evidence(
            signature: [UInt8](repeating: 5, count: 64), key: LedgerIndex(7), nonce: [UInt8](repeating: 6, count: 16),
            time: Timestamp(microseconds: 1_795_353_600_000_000))
        entry.bytesReleased = 900
        return entry
    }

    static let bodies: [EntryBody] = [
        .exchange(exchange()),
        .denial(
            DenialEntry(
                principal: PrincipalNumber(70_001), organisation: OrganisationNumber(2), stage: .decision, reason: "field_not_in_terms",
                method: "Query", requestCommitment: digest(1), count: 3, agreementEntry: LedgerIndex(41), reference: LedgerIndex(50),
                exchange: ExchangeID([UInt8](repeating: 1, count: 16)), certificate: thumbprint(2))),
        .attempt(
            AttemptEntry(
                exchange: ExchangeID([UInt8](repeating: 1, count: 16))!, part: 1, agreementEntry: LedgerIndex(41),
                client: PrincipalNumber(70_001), dataset: DatasetID("uc.awards")!, requestCommitment: digest(1))),
        .acknowledgement(
            AcknowledgementEntry(
                reference: LedgerIndex(51), client: PrincipalNumber(70_001), outcome: .received, recordsRoot: digest(5),
                certificate: thumbprint(3))),
        .token(
            TokenEntry(
                act: .exchanged(
                    TokenEntry.Grant(
                        agreementEntry: LedgerIndex(41), certificate: thumbprint(3), expiry: Timestamp(microseconds: 1_795_353_900_000_000),
                        epochs: epochs, allowance: allowance), parent: digest(9)), tokenDigest: digest(2), client: PrincipalNumber(70_001))),
        .token(
            TokenEntry(
                act: .revoked(actor: PrincipalNumber(5), reason: "lost-key"), tokenDigest: digest(2), client: PrincipalNumber(70_001))),
        .agreement(
            AgreementEntry(
                agreement: AgreementID("ISA-2026-0042")!, version: .first, transition: "sign", actor: PrincipalNumber(80_001),
                organisation: OrganisationNumber(2), role: "signatory", reason: "agreed", statement: signed, terms: [8, 1],
                termsDigest: digest(1), annexDigest: digest(2), state: "signed", epoch: 17, command: [8, 2])),
        .registry(
            RegistryEntry(
                act: .added, actor: PrincipalNumber(5), reason: "enrolled", epoch: 1,
                subject: .organisation(OrganisationRecord(number: OrganisationNumber(2), slug: OrganisationID("leeds-cc")!, isOperator: true)))),
        .registry(
            RegistryEntry(
                act: .added, actor: PrincipalNumber(5), reason: "enrolled", epoch: 1,
                subject: .principal(
                    PrincipalRecord(
                        number: PrincipalNumber(70_001), organisation: OrganisationNumber(2), kind: .service,
                        client: ClientID("leeds-cc-ctr"))))),
        .registry(
            RegistryEntry(
                act: .added, actor: PrincipalNumber(5), reason: "enrolled", epoch: 0,
                subject: .role(RoleRecord(principal: PrincipalNumber(80_001), role: "signatory")))),
        .registry(
            RegistryEntry(
                act: .added, actor: PrincipalNumber(5), reason: "enrolled", epoch: 0,
                subject: .delegation(
                    DelegationRecord(
                        number: 3, principal: PrincipalNumber(80_001), from: Timestamp(microseconds: 1), until: Timestamp(microseconds: 2),
                        maxSensitivity: 4, maxRowsPerDay: 5, maxValuePence: 6, thirdParties: true)))),
        .registry(
            RegistryEntry(
                act: .retired, actor: PrincipalNumber(5), reason: "lost-key", reasonDigest: digest(8), epoch: 2,
                subject: .certificate(
                    CertificateRecord(
                        thumbprint: thumbprint(3), principal: PrincipalNumber(70_001), publicKey: [1, 2],
                        notBefore: Timestamp(microseconds: 1), notAfter: Timestamp(microseconds: 2))))),
        .registry(
            RegistryEntry(
                act: .changed, actor: PrincipalNumber(5), reason: "import", epoch: 0,
                subject: .dataset(
                    DatasetRecord(
                        id: DatasetID("uc.awards")!, owner: OrganisationNumber(1), schema: [1], schemaDigest: digest(1), revision: 2,
                        rows: 50_000)))),
        .key(
            KeyEntry(
                use: .ledger, act: .active, keyID: "ledger.example/broker-1+d88b3327+AY4W", publicKey: [UInt8](repeating: 1, count: 32),
                actor: PrincipalNumber(5), brokerEpoch: 6, origin: "ledger.example/broker-1", signature: [UInt8](repeating: 1, count: 64))),
        .erasure(
            ErasureEntry(
                actor: PrincipalNumber(5), organisation: OrganisationNumber(1), reason: "retention", subjects: 1, exchanges: 9,
                authority: signed)),
        .finding(
            FindingEntry(
                actor: PrincipalNumber(6), reference: LedgerIndex(51), rule: "F11", severity: .breach, textDigest: digest(1),
                agreement: AgreementID("ISA-2026-0042"))),
        .oversight(OversightEntry(actor: PrincipalNumber(6), reference: LedgerIndex(51), subject: digest(6), authority: signed)),
        .succession(
            SuccessionEntry(
                nextOrigin: "ledger.example/2027", previousOrigin: "ledger.example/2026", size: 9, root: digest(1),
                actor: PrincipalNumber(5), reason: "year-end")),
        .heartbeat(
            HeartbeatEntry(act: .start, run: [UInt8](repeating: 4, count: 16), version: "0.1.0", settingsDigest: digest(3))),
    ]
}

@Suite struct EntryTests {
    static let arrived = Timestamp(microseconds: 1_795_353_600_000_001)
    static let sequenced = Timestamp(microseconds: 1_795_353_600_000_002)

    @Test func everyKindHasASample() {
        #expect(Set(Samples.bodies.map(\.kind)) == Set(EntryKind.allCases))
    }

    @Test(arguments: Samples.bodies.indices) func entriesReadBackAsTheyWereWritten(_ index: Int) throws {
        let body = Samples.bodies[index]
        let bytes = try DraftEntry(arrived: EntryTests.arrived, body).sequenced(at: EntryTests.sequenced)
        let entry = try LedgerEntry(canonical: bytes)
        #expect(entry == LedgerEntry(arrived: EntryTests.arrived, sequenced: EntryTests.sequenced, body: body))
        #expect(entry.canonicalBytes == bytes)
    }

    /// No byte string but the canonical one is an entry: every single-byte change, cut and addition either is refused or means another entry.
    @Test(arguments: Samples.bodies.indices) func noOtherBytesMeanTheSameEntry(_ index: Int) throws {
        let bytes = try DraftEntry(arrived: EntryTests.arrived, Samples.bodies[index]).sequenced(at: EntryTests.sequenced)
        let entry = try LedgerEntry(canonical: bytes)
        for position in bytes.indices {
            for mask in [UInt8(1), 0x80, 0xff] {
                var changed = bytes
                changed[position] ^= mask
                #expect((try? LedgerEntry(canonical: changed)) != entry)
            }
            #expect((try? LedgerEntry(canonical: Array(bytes[..<position]))) == nil)
            var longer = bytes
            longer.insert(0, at: position)
            #expect((try? LedgerEntry(canonical: longer)) != entry)
        }
        #expect((try? LedgerEntry(canonical: bytes + [0])) == nil)
    }

    @Test func anExchangeFitsItsKibibyteWithEveryLeafSet() throws {
        let bytes = try DraftEntry(arrived: EntryTests.arrived, .exchange(Samples.exchange())).sequenced(at: EntryTests.sequenced)
        #expect(bytes.count <= 640)
    }

    @Test func anExchangeAboveItsKibibyteIsRefused() {
        var entry = Samples.exchange()
        entry.fieldsAsked = LeafSet([1_023])
        entry.fieldsReleased = LeafSet([1_023])
        entry.fieldsTransformed = LeafSet([1_023])
        entry.purpose = PurposeCode(String(repeating: "p", count: 64))!
        entry.legalBasis = LegalBasisCode(String(repeating: "l", count: 64))!
        entry.dataset = DatasetID(String(repeating: "d", count: 64))!
        #expect {
            try DraftEntry(arrived: EntryTests.arrived, .exchange(entry))
        } throws: { error in
            guard case EntryFault.tooLarge(.exchange, let bytes) = error else { return false }
            return bytes > 1_024
        }
    }

    @Test func unknownKindIsNamed() {
        // arrived 1, sequenced 1, then field 16 with an empty body.
        #expect(throws: EntryFault.unknownKind(16)) { try LedgerEntry(canonical: [0x08, 1, 0x10, 1, 0x82, 0x01, 0]) }
    }

    @Test func twoBodiesAreRefused() {
        #expect(throws: EntryFault.notOneBody) {
            var writer = WireWriter()
            writer.element(15, [0x08, 2, 0x12, 16] + [UInt8](repeating: 1, count: 16))
            writer.element(15, [0x08, 2, 0x12, 16] + [UInt8](repeating: 1, count: 16))
            return try LedgerEntry(canonical: writer.bytes)
        }
    }

    @Test func aHeartbeatHasTheBytesOfTheDefinition() throws {
        // Written by hand from ledger.proto: 08 arrived, 10 sequenced, 7a body of 20 bytes: 08 02 (alive), 12 10 and 16 bytes of run.
        let run = [UInt8](repeating: 0xaa, count: 16)
        let bytes = try DraftEntry(arrived: Timestamp(microseconds: 1), .heartbeat(HeartbeatEntry(act: .alive, run: run)))
            .sequenced(at: Timestamp(microseconds: 300))
        #expect(bytes == [0x08, 0x01, 0x10, 0xac, 0x02, 0x7a, 0x14, 0x08, 0x02, 0x12, 0x10] + run)
    }

    @Test func aBodyThatWouldNotReadBackIsRefused() {
        var entry = DenialEntry(
            principal: PrincipalNumber(1), organisation: OrganisationNumber(2), stage: .token, reason: "", method: "Query")
        #expect(throws: EntryFault.body(.denial, .missing(field: 4))) { try DraftEntry(arrived: EntryTests.arrived, .denial(entry)) }
        entry.reason = "two words"
        #expect(throws: EntryFault.body(.denial, .outOfRange(field: 4))) { try DraftEntry(arrived: EntryTests.arrived, .denial(entry)) }
    }
}

/// An exchange is checked without being read back. Whatever an entry holds, that check and reading the bytes agree.
struct ReadableExchangeTests {
    private static let changes: [@Sendable (inout ExchangeEntry) -> Void] = [
        { _ in }, { $0.consumer = OrganisationNumber(0) }, { $0.provider = OrganisationNumber(0) }, { $0.client = PrincipalNumber(0) },
        { $0.reference = LedgerIndex(0) }, { $0.reference = LedgerIndex(9) }, { $0.agreementEntry = LedgerIndex(0) },
        { $0.part = 3; $0.isLastPart = false }, { $0.epochs = Epochs(agreement: 0, organisation: 0, client: 0, broker: 0) },
        { $0.fieldsAsked = LeafSet(); $0.fieldsReleased = LeafSet(); $0.fieldsTransformed = LeafSet() },
        { $0.rowsRead = 0; $0.rowsReleased = 0; $0.bytesReleased = 0; $0.datasetRevision = 0 }, { $0.caseCommitment = .zero; $0.subject = .zero },
        { $0.seen = ExchangeEntry.SeenCheckpoint(size: 0, root: .zero) }, { $0.seen = ExchangeEntry.SeenCheckpoint(size: 7, root: .zero) },
        { $0.evidence = evidence() }, { $0.evidence = evidence(signature: 63) }, { $0.evidence = evidence(key: 0) },
        { $0.evidence = evidence(nonce: 0) }, { $0.evidence = evidence(nonce: 17) }, { $0.evidence = evidence(time: 0) },
        { $0.evidence = evidence(time: -5) },
    ]

    private static func evidence(signature: Int = 64, key: UInt64 = 4, nonce: Int = 16, time: Int64 = 10) -> ExchangeEntry.Evidence {
        ExchangeEntry.Evidence(
            signature: [UInt8](repeating: 1, count: signature), key: LedgerIndex(key), nonce: [UInt8](repeating: 2, count: nonce),
            time: Timestamp(microseconds: time))
    }

    @Test(arguments: changes.indices) func theShortCheckSaysWhatReadingSays(index: Int) throws {
        var entry = Samples.exchange()
        ReadableExchangeTests.changes[index](&entry)
        var writer = WireWriter()
        entry.write(to: &writer)
        let bytes = writer.bytes
        let readsBack = (try? ExchangeEntry(reading: bytes[...])) == entry
        #expect(((try? entry.requireReadable(bytes)) != nil) == readsBack)
    }
}
