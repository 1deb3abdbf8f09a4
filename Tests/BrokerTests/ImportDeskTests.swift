import Cryptography
import Redaction
import Testing
import Vocabulary

@testable import Broker

/// How many imports may be under way, and whose.
@Suite struct ImportDeskTests {
    private let desk = ImportDesk(idleSeconds: 3_600)
    private let noon = Timestamp("2026-11-02T12:00:00Z")!

    private func ticket(_ number: UInt8, _ dataset: String, owner: UInt32 = 1, principal: UInt32 = 7) throws -> ImportDesk.Ticket {
        ImportDesk.Ticket(
            importID: [UInt8](repeating: number, count: 16), dataset: try #require(DatasetID(dataset)), title: "Test", summary: "",
            owner: OrganisationNumber(owner), schema: try RunningBroker.schema(), keyField: "nino", filterFields: [], isSynthetic: true, earlier: 0,
            principal: PrincipalNumber(principal))
    }

    private func refusal(_ ticket: ImportDesk.Ticket, at now: Timestamp) -> String? {
        do throws(CallFault) {
            _ = try desk.open(ticket, now: now)
            return nil
        } catch {
            return error.recordedReason
        }
    }

    @Test func anOwnerHasTwoImportsUnderWayAtMost() throws {
        #expect(try refusal(ticket(1, "uc.awards"), at: noon) == nil)
        #expect(try refusal(ticket(2, "uc.claims"), at: noon) == nil)
        #expect(try refusal(ticket(3, "uc.other"), at: noon) == "IMPORTS_UNDER_WAY")
        #expect(try refusal(ticket(4, "tax.bands", owner: 2), at: noon) == nil)
        desk.close([UInt8](repeating: 1, count: 16))
        #expect(try refusal(ticket(3, "uc.other"), at: noon) == nil)
    }

    @Test func aDatasetIsImportedByOneAtATimeAndBeginningAgainGivesUpTheEarlierOne() throws {
        let first = try ticket(1, "uc.awards")
        #expect(try desk.open(first, now: noon) == nil)
        #expect(try refusal(ticket(2, "uc.awards", principal: 8), at: noon) == "IMPORT_UNDER_WAY")
        #expect(try desk.open(ticket(3, "uc.awards"), now: noon) == first.importID)
        #expect(throws: CallFault.notFound(what: "an import with this id; begin again")) {
            try desk.find(first.importID, of: first.principal, now: noon)
        }
    }

    @Test func anIdleImportFreesItsPlaceAndABatchKeepsIt() throws {
        let first = try ticket(1, "uc.awards")
        _ = try desk.open(first, now: noon)
        _ = try desk.find(first.importID, of: first.principal, now: noon.advanced(seconds: 3_000))
        #expect(try refusal(ticket(2, "uc.awards", principal: 8), at: noon.advanced(seconds: 6_600)) == "IMPORT_UNDER_WAY")
        #expect(try refusal(ticket(2, "uc.awards", principal: 8), at: noon.advanced(seconds: 6_601)) == nil)
    }
}
