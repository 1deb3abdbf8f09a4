@testable import Agreements
import ProtobufWire
import Testing
import Vocabulary

@Suite struct CanonicalTermsTests {
    @Test func bytesReadBackToEqualTerms() throws {
        let terms = try TermsFixture.terms()
        let again = try MaterialTerms(bytes: terms.bytes)
        #expect(again == terms)
        #expect(again.document == terms.document)
        #expect(again.digest == terms.digest)
    }

    @Test func printedDocumentReadsBackToEqualTerms() throws {
        let terms = try TermsFixture.terms()
        #expect(try MaterialTerms(document: terms.document).bytes == terms.bytes)
    }

    @Test func fixtureHasNoProblems() throws {
        #expect(try TermsFixture.terms().problems(on: TermsFixture.today) == [])
    }

    @Test func orderOfPartiesFieldsAndParametersDoesNotChangeTheDigest() throws {
        guard case .list(let parties) = TermsFixture.material["parties"]! else { return }
        let swapped = TermsFixture.changed(["parties"], to: .list(parties.reversed()))
        #expect(try MaterialTerms(document: swapped).digest == TermsFixture.terms().digest)
    }

    @Test func whiteSpaceAroundTextDoesNotChangeTheDigest() throws {
        let padded = TermsFixture.changed(["title"], to: "  Council tax reduction in Leeds\n")
        #expect(try MaterialTerms(document: padded).digest == TermsFixture.terms().digest)
    }

    @Test func everyByteFlippedIsRefusedOrGivesOtherTerms() throws {
        let terms = try TermsFixture.terms()
        for index in terms.bytes.indices {
            for bit in [index % 8] {
                var bytes = terms.bytes
                bytes[index] ^= 1 << bit
                guard let read = try? MaterialTerms(bytes: bytes) else { continue }
                #expect(read.digest != terms.digest)
                #expect(read.bytes == bytes)
            }
        }
    }

    @Test func randomEditsAreRefusedOrGiveOtherTerms() throws {
        let terms = try TermsFixture.terms()
        var state: UInt64 = 0x5eed
        func next(_ bound: Int) -> Int {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Int(state >> 33) % bound
        }
        for _ in 0..<1_500 {
            var bytes = terms.bytes
            for _ in 0...next(3) {
                let place = next(bytes.count)
                switch next(4) {
                case 0: bytes[place] = UInt8(next(256))
                case 1: bytes.insert(UInt8(next(256)), at: place)
                case 2: bytes.remove(at: place)
                default: bytes.swapAt(place, next(bytes.count))
                }
            }
            guard bytes != terms.bytes, let read = try? MaterialTerms(bytes: bytes) else { continue }
            #expect(read.bytes == bytes)
            #expect(read.digest != terms.digest)
        }
    }

    @Test func everyTruncationIsRefused() throws {
        let terms = try TermsFixture.terms()
        for length in terms.bytes.indices {
            #expect(throws: TermsFault.self) { try MaterialTerms(bytes: Array(terms.bytes[..<length])) }
        }
    }

    @Test func unknownWireFieldIsRefused() throws {
        let bytes = try TermsFixture.terms().bytes + [0xa8, 0x01, 0x01]  // field 21, varint 1
        #expect(throws: TermsFault.wire(.unknownField(21))) { try MaterialTerms(bytes: bytes) }
    }

    @Test func unsortedPartiesOnTheWireAreRefused() throws {
        let terms = try TermsFixture.terms()
        // Both parties are field 8 (tag 0x42): cut them out and write them the other way round.
        let start = terms.bytes.firstIndex(of: 0x42)!
        let firstLength = Int(terms.bytes[start + 1])
        let second = start + 2 + firstLength
        #expect(terms.bytes[second] == 0x42)
        let end = second + 2 + Int(terms.bytes[second + 1])
        let swapped = Array(terms.bytes[..<start] + terms.bytes[second..<end] + terms.bytes[start..<second] + terms.bytes[end...])
        #expect(throws: TermsFault.wire(.notCanonical)) { try MaterialTerms(bytes: swapped) }
    }

    @Test func oversizedBytesAreRefusedBeforeTheyAreRead() {
        let bytes = [UInt8](repeating: 0, count: TermsLimits.maxTermsBytes + 1)
        #expect(throws: TermsFault.tooLarge(bytes: 60_001, limit: 60_000)) { try MaterialTerms(bytes: bytes) }
    }

    // MARK: Several row filters

    private static let leeds: DocumentNode = ["equals": ["field": "local_authority", "value": "E08000035"]]
    private static let inPayment: DocumentNode = ["equals": ["field": "in_payment", "value": true]]

    private func filtered(_ filter: DocumentNode) throws -> MaterialTerms {
        try TermsFixture.changedTerms(["datasets", 0, "row_filter"], to: filter)
    }

    @Test func severalRowFiltersAreTheirConjunction() throws {
        let listed = try filtered([Self.leeds, Self.inPayment])
        #expect(try listed.bytes == filtered(["and": [Self.leeds, Self.inPayment]]).bytes)
        #expect(try MaterialTerms(document: listed.document).bytes == listed.bytes)
        #expect(try MaterialTerms(bytes: listed.bytes) == listed)
    }

    @Test func aListOfOneRowFilterIsTheFilter() throws {
        #expect(try filtered([Self.leeds]).bytes == TermsFixture.terms().bytes)
    }

    @Test func anEmptyListOfRowFiltersIsNotEveryRow() {
        #expect(
            throws: TermsFault.problems([
                TermsProblem(
                    .missing, path: "datasets[uc.awards].row_filter", fault: "is an empty list",
                    remedy: "Give 1 to 64, all of which must hold; leave the key out where every row may leave.")
            ])
        ) { try filtered([]) }
    }

    @Test func rowFiltersHaveABound() throws {
        let most = TermsLimits.filterBranches.upperBound
        func list(_ count: Int) -> DocumentNode {
            .list((0..<count).map { ["equals": ["field": "local_authority", "value": .string("E\($0)")]] })
        }
        _ = try filtered(list(most))
        #expect(throws: TermsFault.self) { try filtered(list(most + 1)) }
    }

    @Test func aRowFilterThatIsNoneIsNamedByItsPlaceInTheList() throws {
        let fault = #expect(throws: TermsFault.self) { try filtered([Self.leeds, ["equal": ["field": "in_payment", "value": true]]]) }
        guard case .problems(let problems)? = fault else {
            Issue.record("a misspelt filter was not told of")
            return
        }
        #expect(!problems.isEmpty && problems.allSatisfy { $0.path.hasPrefix("datasets[uc.awards].row_filter[1]") })
    }
}
