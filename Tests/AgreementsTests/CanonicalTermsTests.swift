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
}
