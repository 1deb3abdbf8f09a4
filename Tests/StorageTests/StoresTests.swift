import Cryptography
import Storage
import Testing
import Vocabulary

@testable import SQLiteStorage

private let organisation = RegisteredOrganisation(
    number: OrganisationNumber(1), id: OrganisationID("leeds-cc")!, name: "Leeds City Council", entry: LedgerIndex(0))
private let service = RegisteredPrincipal(
    number: PrincipalNumber(77), id: ClientID("leeds-cc-ctr")!, name: "Council tax reduction", kind: .service,
    organisation: OrganisationNumber(1), entry: LedgerIndex(1))
private let agreementID = AgreementID("ISA-2026-0042")!
private let noon = Timestamp("2026-11-23T12:00:00Z")!

@Suite struct StoresTests {
    private let temporary = TemporaryHome()
    private let store: SQLiteStore

    init() throws {
        store = try SQLiteStore.create(temporary.home)
        try store.transaction { transaction throws(StorageFault) in
            try transaction.put(organisation)
            try transaction.put(service)
        }
    }

    @Test func registryRowsReadBackAsWritten() throws {
        let officer = RegisteredPrincipal(
            number: PrincipalNumber(4_000_000_000), id: ClientID("leeds-iao")!, name: "O", kind: .officer,
            organisation: OrganisationNumber(1), roles: ["case_officer", "signatory"], entry: LedgerIndex(5))
        let certificate = RegisteredCertificate(
            thumbprint: Thumbprint(ofCertificate: [1, 2, 3]), principal: officer.number, der: [1, 2, 3], publicKey: [4],
            notBefore: noon, notAfter: noon.advanced(seconds: 60), status: .retired, entry: LedgerIndex(6))
        let delegation = RegisteredDelegation(
            number: 1, principal: officer.number, from: noon, until: noon.advanced(seconds: 86_400), maxSensitivity: 4,
            maxRowsPerDay: 50_000, maxValuePence: 0, thirdParties: true, entry: LedgerIndex(7))
        try store.transaction { transaction throws(StorageFault) in
            try transaction.put(officer)
            try transaction.put(certificate)
            try transaction.put(delegation)
        }
        try store.transaction { transaction throws(StorageFault) in
            #expect(try transaction.organisation(organisation.id) == organisation)
            #expect(try transaction.principal(officer.id) == officer)
            #expect(try transaction.principals(of: OrganisationNumber(1)) == [service, officer])
            #expect(try transaction.certificate(certificate.thumbprint) == certificate)
            #expect(try transaction.certificates(of: officer.number) == [certificate])
            #expect(try transaction.delegations(of: officer.number) == [delegation])
            #expect(try transaction.nextDelegationNumber() == 2)
            #expect(try transaction.nextOrganisationNumber() == OrganisationNumber(2))
        }
    }

    @Test func twoPrincipalsCannotShareAName() throws {
        var impostor = service
        impostor.number = PrincipalNumber(78)
        #expect(throws: StorageFault.conflict("UNIQUE constraint failed: principal.id")) {
            try store.transaction { [impostor] transaction throws(StorageFault) in try transaction.put(impostor) }
        }
    }

    @Test func aCertificateOfNobodyIsRefused() throws {
        let certificate = RegisteredCertificate(
            thumbprint: Thumbprint(ofCertificate: [9]), principal: PrincipalNumber(5), der: [9], publicKey: [4], notBefore: noon,
            notAfter: noon, entry: LedgerIndex(6))
        #expect(throws: StorageFault.conflict("FOREIGN KEY constraint failed")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.put(certificate) }
        }
    }

    @Test func datasetsReadBackAsWritten() throws {
        var dataset = CatalogueDataset(
            id: DatasetID("uc.awards")!, number: 1, owner: organisation.number, title: "Awards", summary: "", schema: [1, 2],
            schemaDigest: Digest.sha256([1, 2]), keyField: "nino", filterFields: ["nino", "area"], revision: 1, rows: 50_000,
            importedAt: noon, isSynthetic: true, sourceFile: "uc.awards-1.sqlite", entry: LedgerIndex(9))
        try store.transaction { [dataset] transaction throws(StorageFault) in try transaction.put(dataset) }
        dataset.revision = 2
        try store.transaction { [dataset] transaction throws(StorageFault) in
            try transaction.put(dataset)
            #expect(try transaction.datasets() == [dataset])
            #expect(try transaction.nextDatasetNumber() == 2)
        }
    }

    @Test func theNewestVersionOfAnAgreementIsListedForItsParties() throws {
        let other = RegisteredOrganisation(number: OrganisationNumber(2), id: OrganisationID("dwp")!, name: "DWP", entry: LedgerIndex(2))
        func version(_ number: UInt32, parties: [OrganisationNumber]) -> StoredAgreement {
            StoredAgreement(
                id: agreementID, version: AgreementVersion(number)!, state: [1], stateCode: "DRAFT", terms: [2],
                termsDigest: Digest.sha256([2]), annex: [], annexSalt: [UInt8](repeating: 1, count: 16), title: "T", parties: parties,
                createdAt: noon, forceEntry: number == 2 ? LedgerIndex(12) : nil, latestEntry: LedgerIndex(11))
        }
        let first = version(1, parties: [organisation.number, other.number])
        let second = version(2, parties: [other.number])
        try store.transaction { transaction throws(StorageFault) in
            try transaction.put(other)
            try transaction.put(first)
            try transaction.put(second)
            #expect(try transaction.agreement(agreementID) == second)
            #expect(try transaction.agreement(agreementID, version: .first) == first)
            #expect(try transaction.agreements(of: other.number, after: nil, atMost: 10).agreements == [second])
            #expect(try transaction.agreements(of: organisation.number, after: nil, atMost: 10).agreements == [])
            #expect(try transaction.agreements(of: nil, after: nil, atMost: 10).agreements == [second])
            #expect(try transaction.nextAgreementNumber(year: 2026) == 43)
            #expect(try transaction.nextAgreementNumber(year: 2027) == 1)
        }
    }

    /// More than a list of the store may be long.
    @Test func agreementsAreReadByPagesWhateverTheirNumber() throws {
        let limit = StorageLimits().maxListRows
        let ids = (1...limit + 1).map { AgreementID("ISA-2026-" + String(repeating: "0", count: 5 - String($0).count) + String($0))! }
        try store.transaction { transaction throws(StorageFault) in
            for (index, id) in ids.enumerated() {
                try transaction.put(
                    StoredAgreement(
                        id: id, version: .first, state: [1], stateCode: "DRAFT", terms: [2], termsDigest: Digest.sha256([2]), annex: [],
                        annexSalt: [UInt8](repeating: 1, count: 16), title: "T", parties: index % 2 == 0 ? [organisation.number] : [], createdAt: noon,
                        forceEntry: nil, latestEntry: LedgerIndex(UInt64(index))))
            }
            var found: [AgreementID] = []
            try transaction.eachAgreement(of: nil, atOnce: 256) { agreement in
                found.append(agreement.id)
                return true
            }
            #expect(found == ids)
            found = []
            try transaction.eachAgreement(of: organisation.number, atOnce: 1_000) { agreement in
                found.append(agreement.id)
                return found.count < 1_500
            }
            #expect(found == (0..<1_500).map { ids[2 * $0] })
            // A page that is exactly the rest is followed by an empty one.
            let page = try transaction.agreements(of: nil, after: ids[limit - 1], atMost: 1)
            #expect(page.agreements.map(\.id) == [ids[limit]] && page.last == ids[limit])
            #expect(try transaction.agreements(of: nil, after: page.last, atMost: 1) == AgreementPage(agreements: [], last: nil))
        }
    }

    @Test func remarksStayWithTheirEntry() throws {
        let remark = Remark(entry: LedgerIndex(3), salt: [1], text: "Please shorten the list")
        try store.transaction { transaction throws(StorageFault) in
            try transaction.keep(remark)
            #expect(try transaction.remarks(at: LedgerIndex(3)) == [remark])
            #expect(try transaction.remarks(at: LedgerIndex(4)) == [])
        }
    }

    @Test func aDeniedTokenStaysDeniedUntilItWouldHaveExpired() throws {
        let digest = Digest.sha256([1])
        try store.transaction { transaction throws(StorageFault) in
            #expect(try transaction.deny(digest, until: noon) == true)
            #expect(try transaction.deny(digest, until: noon) == false)
            #expect(try transaction.isDenied(digest))
            #expect(try transaction.deniedTokens(at: noon.advanced(seconds: -1)) == [digest: noon])
            #expect(try transaction.deniedTokens(at: noon) == [:])
            #expect(try transaction.forget(before: noon.advanced(seconds: -1), limit: 10) == 0)
            #expect(try transaction.forget(before: noon, limit: 10) == 1)
            #expect(try transaction.isDenied(digest) == false)
        }
    }

    @Test func epochsOnlyRise() throws {
        try store.transaction { transaction throws(StorageFault) in
            #expect(try transaction.bump(.agreement(agreementID)) == 1)
            #expect(try transaction.bump(.agreement(agreementID)) == 2)
            #expect(try transaction.bump(.organisation(organisation.number)) == 1)
            let epochs = try transaction.epochs().epochs(agreement: agreementID, organisation: organisation.number, client: service.number)
            #expect(epochs == Epochs(agreement: 2, organisation: 1, client: 0, broker: 0))
        }
    }

    @Test func aChargeIsMadeInFullOrNotAtAll() throws {
        let meter = QuotaMeter.day(agreementID, service.number, CalendarDate("2026-11-23")!)
        let limits = QuotaAmount(rows: 10, bytes: 1_000, calls: 3)
        try store.transaction { transaction throws(StorageFault) in
            let first = try transaction.charge(QuotaAmount(rows: 6, bytes: 100, calls: 1), to: meter, within: limits)
            #expect(first == .charged(used: QuotaAmount(rows: 6, bytes: 100, calls: 1)))
            #expect(try transaction.charge(QuotaAmount(rows: 5, bytes: 1, calls: 1), to: meter, within: limits) == .exceeded(.rows))
            #expect(try transaction.charge(QuotaAmount(rows: 1, bytes: 901, calls: 1), to: meter, within: limits) == .exceeded(.bytes))
            #expect(try transaction.charge(QuotaAmount(rows: 1, bytes: 1, calls: 3), to: meter, within: limits) == .exceeded(.calls))
            #expect(try transaction.used(meter) == QuotaAmount(rows: 6, bytes: 100, calls: 1))
            // To the limit exactly.
            let last = try transaction.charge(QuotaAmount(rows: 4, bytes: 900, calls: 2), to: meter, within: limits)
            #expect(last == .charged(used: limits))
        }
    }

    @Test func chargesThatOverflowAreRefused() throws {
        let meter = QuotaMeter.token(Digest.sha256([1]), expiry: noon)
        try store.transaction { transaction throws(StorageFault) in
            let verdict = try transaction.charge(QuotaAmount(rows: .max, bytes: 0, calls: 1), to: meter, within: .unbounded)
            #expect(verdict == .exceeded(.rows))
            #expect(try transaction.used(meter) == .none)
        }
    }

    @Test func daysAndTokensAreCountedApart() throws {
        let monday = QuotaMeter.day(agreementID, service.number, CalendarDate("2026-11-23")!)
        let tuesday = QuotaMeter.day(agreementID, service.number, CalendarDate("2026-11-24")!)
        let token = QuotaMeter.token(Digest.sha256([1]), expiry: noon)
        let one = QuotaAmount(rows: 1, bytes: 1, calls: 1)
        try store.transaction { transaction throws(StorageFault) in
            for meter in [monday, tuesday, tuesday, token] { _ = try transaction.charge(one, to: meter, within: .unbounded) }
            #expect(try transaction.used(monday).calls == 1)
            #expect(try transaction.used(tuesday).calls == 2)
            #expect(try transaction.used(token).calls == 1)
        }
    }

    @Test func aRequestIdIsUniqueForItsClientWhileItIsRemembered() throws {
        let first = RememberedRequest(
            client: service.number, requestID: [7], bodyDigest: Digest.sha256([1]), entry: LedgerIndex(1), until: noon.advanced(seconds: 600))
        var second = first
        second.entry = LedgerIndex(2)
        second.until = noon.advanced(seconds: 1_200)
        let replacement = second
        try store.transaction { transaction throws(StorageFault) in
            try transaction.remember(first, at: noon)
            #expect(try transaction.request([7], of: service.number, at: noon.advanced(seconds: 599)) == first)
            #expect(try transaction.request([7], of: service.number, at: noon.advanced(seconds: 600)) == nil)
            #expect(try transaction.request([7], of: PrincipalNumber(1), at: noon) == nil)
        }
        #expect(throws: StorageFault.conflict("request.client, request.id")) {
            try store.transaction { transaction throws(StorageFault) in
                try transaction.remember(replacement, at: noon.advanced(seconds: 599))
            }
        }
        try store.transaction { transaction throws(StorageFault) in
            try transaction.remember(replacement, at: noon.advanced(seconds: 600))
            #expect(try transaction.request([7], of: service.number, at: noon.advanced(seconds: 601)) == replacement)
        }
    }

    @Test(arguments: [0, 129]) func aRequestIdOutOfBoundsIsRefused(length: Int) throws {
        let request = RememberedRequest(
            client: service.number, requestID: [UInt8](repeating: 1, count: length), bodyDigest: .zero, entry: LedgerIndex(0), until: noon)
        #expect(throws: StorageFault.limit("request id must have 1 to 128 bytes")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.remember(request, at: noon) }
        }
    }

    @Test func anErasedOpeningIsGone() throws {
        let opening = StoredOpening(entry: LedgerIndex(5), wrapped: [1, 2, 3], until: noon)
        try store.transaction { transaction throws(StorageFault) in
            try transaction.keep(opening)
            #expect(try transaction.opening(LedgerIndex(5)) == opening)
            #expect(try transaction.eraseOpening(LedgerIndex(5)))
            #expect(try transaction.opening(LedgerIndex(5)) == nil)
            #expect(try transaction.eraseOpening(LedgerIndex(5)) == false)
        }
    }

    @Test func aPersonsTagsAreNumberedWithoutAGap() throws {
        let finder = Digest.sha256([1])
        try store.transaction { transaction throws(StorageFault) in
            let fresh = SubjectHandle(finder: finder, wrappedKey: [9], counter: 0)
            #expect(throws: StorageFault.conflict("subject.finder, subject.counter")) { try transaction.advance(fresh) }
            try transaction.add(fresh)
            #expect(try transaction.advance(fresh) == 1)
            // The handle that was read before is not the person's newest one any more.
            #expect(throws: StorageFault.conflict("subject.finder, subject.counter")) { try transaction.advance(fresh) }
            guard let known = try transaction.subject(finder) else { throw .corrupt("the person that was just added") }
            #expect(try transaction.advance(known) == 2)
            #expect(try transaction.subject(finder)?.counter == 2)
            #expect(try transaction.eraseSubject(finder))
            #expect(try transaction.subject(finder) == nil)
        }
    }

    @Test func aTileGrowsAtItsEndOnly() throws {
        let place = TilePlace(level: 1, index: 3)
        let one = [UInt8](repeating: 1, count: 32)
        let two = [UInt8](repeating: 2, count: 32)
        try store.transaction { transaction throws(StorageFault) in
            try transaction.put(one, at: place)
            try transaction.put(one + two, at: place)
            #expect(try transaction.tile(place) == one + two)
        }
        #expect(throws: StorageFault.conflict("tile.place")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.put(two + one, at: place) }
        }
        #expect(throws: StorageFault.conflict("tile.place")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.put(one, at: place) }
        }
    }

    @Test func theHeadMovesFromWhatItIsOnly() throws {
        let empty = LedgerHead(size: 0, root: Digest.sha256([]), sequenced: noon)
        let next = LedgerHead(size: 1, root: Digest.sha256([1]), sequenced: noon)
        try store.transaction { transaction throws(StorageFault) in
            #expect(try transaction.head() == nil)
            try transaction.createLog(origin: "ledger.example/1", head: empty)
            try transaction.moveHead(from: empty, to: next)
            #expect(try transaction.head() == next)
        }
        #expect(throws: StorageFault.conflict("log.size, log.root")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.moveHead(from: empty, to: next) }
        }
    }

    @Test func entriesAreFoundByTopicNewestFirst() throws {
        try store.transaction { transaction throws(StorageFault) in
            for index in [3, 8, 5] as [UInt64] { try transaction.note(LedgerIndex(index), about: .agreement(agreementID)) }
            try transaction.note(LedgerIndex(9), about: .denials)
            let all = try transaction.entries(about: .agreement(agreementID), before: LedgerIndex(.max), limit: 10)
            #expect(all == [LedgerIndex(8), LedgerIndex(5), LedgerIndex(3)])
            let page = try transaction.entries(about: .agreement(agreementID), before: LedgerIndex(8), limit: 1)
            #expect(page == [LedgerIndex(5)])
        }
    }

    @Test func tooLongATextIsRefused() throws {
        var long = organisation
        long.name = String(repeating: "x", count: 8_193)
        let refused = long
        #expect(throws: StorageFault.limit("organisation name is longer than 8192 bytes of UTF-8")) {
            try store.transaction { transaction throws(StorageFault) in try transaction.put(refused) }
        }
    }
}
