import AuditTrail
import Testing
import Vocabulary

@testable import Broker

/// A flood of refusals costs one entry a second for each principal and reason, and none is lost from the count.
struct DenialJournalTests {
    private func denial(_ principal: UInt32, _ reason: String = "field_not_in_terms") -> DenialEntry {
        DenialEntry(
            principal: PrincipalNumber(principal), organisation: OrganisationNumber(1), stage: .decision, reason: reason, method: "Query")
    }

    private func at(_ seconds: Int64, _ microseconds: Int64 = 0) -> Timestamp {
        Timestamp(microseconds: (1_700_000_000 + seconds) * 1_000_000 + microseconds)
    }

    @Test func theFirstRefusalOfASecondIsWrittenAtOnceAndTheRestAreCounted() {
        let journal = DenialJournal()
        #expect(journal.admit(denial(7), at: at(0))?.count == 1)
        for step in 1...999 { #expect(journal.admit(denial(7), at: at(0, Int64(step))) == nil) }
        #expect(journal.due(at: at(0, 999_999)).isEmpty)
        #expect(journal.due(at: at(1)).map(\.count) == [999])
        #expect(journal.due(at: at(2)).isEmpty)
    }

    @Test func whatWasCountedGoesWithTheFirstRefusalOfTheNextSecond() {
        let journal = DenialJournal()
        _ = journal.admit(denial(7), at: at(0))
        _ = journal.admit(denial(7), at: at(0, 1))
        #expect(journal.admit(denial(7), at: at(1))?.count == 2)
    }

    @Test func otherPrincipalsAndOtherReasonsAreWrittenBesideIt() {
        let journal = DenialJournal()
        #expect(journal.admit(denial(7), at: at(0)) != nil)
        #expect(journal.admit(denial(8), at: at(0)) != nil)
        #expect(journal.admit(denial(7, "purpose_not_allowed"), at: at(0)) != nil)
    }

    @Test func theStopWritesWhatStillWaits() {
        let journal = DenialJournal()
        _ = journal.admit(denial(7), at: at(0))
        _ = journal.admit(denial(7), at: at(0, 1))
        #expect(journal.due(at: at(0, 2), all: true).map(\.count) == [1])
    }
}
