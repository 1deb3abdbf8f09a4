import BrokerProtocol
import SwiftProtobuf
import Testing

@testable import Broker

/// Attack matrix D for requests: everything that a protobuf library would skip or repair is refused with the field's path.
struct RequestCheckTests {
    private let query = RequestGrammar.concordat.index(of: "concordat.v1.QueryRequest")
    private let draft = RequestGrammar.concordat.index(of: "concordat.v1.DraftAgreementRequest")

    private func fault(_ bytes: [UInt8], _ message: Int) -> String? {
        do throws(CallFault) {
            try RequestCheck.check(bytes, as: message)
            return nil
        } catch {
            guard case .invalid(let field, let problem) = error else { return "other" }
            return "\(field): \(problem)"
        }
    }

    @Test func anOrdinaryRequestPasses() throws {
        let request = Concordat_V1_QueryRequest.with {
            $0.agreement = "ISA-2026-0042"
            $0.fields = ["nino", "award.amount_pence"]
            $0.key.value = "QQ123456A"
            $0.pageSize = 10
            $0.seen.size = 3
        }
        #expect(fault(try request.serializedBytes(), query) == nil)
        #expect(fault([], query) == nil)
    }

    @Test func anUnknownFieldIsRefusedAtEveryDepth() {
        // Field 60 of QueryRequest, and field 9 of KeySearch inside field 5.
        #expect(fault([0xe0, 0x03, 0x01], query)?.hasPrefix("(message): holds field number 60") == true)
        #expect(fault([0x2a, 0x02, 0x48, 0x01], query)?.hasPrefix("key: holds field number 9") == true)
    }

    @Test(arguments: [UInt8(1), 3, 4, 5, 6, 7])
    func anotherWireTypeIsRefused(_ wireType: UInt8) {
        // Field 1, agreement, is a string: wire type 2.
        let bytes: [UInt8] = [0x08 | wireType, 0, 0, 0, 0, 0, 0, 0, 0]
        #expect(fault(bytes, query)?.hasPrefix("agreement: has another wire type") == true)
    }

    @Test func aSingularFieldTwiceIsRefused() {
        #expect(fault([0x0a, 0x01, 0x41, 0x0a, 0x01, 0x42], query) == "agreement: stands there twice; send it once")
    }

    @Test func twoMembersOfAOneofAreRefused() {
        #expect(fault([0x2a, 0x00, 0x32, 0x00], query)?.hasPrefix("filter: excludes another field") == true)
    }

    @Test func fieldNumbersOutsideProtobufAreRefused() {
        #expect(fault([0x00, 0x01], query) != nil)
        // 19000 << 3 and 2^29 << 3.
        #expect(fault([0xc0, 0xa3, 0x09, 0x01], query) != nil)
        #expect(fault([0x80, 0x80, 0x80, 0x80, 0x10, 0x01], query) != nil)
    }

    @Test func overlongVarintsAreRefused() {
        // page_size (10) as 1 in two bytes; a tag in two bytes; eleven bytes; a tenth byte over 1.
        #expect(fault([0x50, 0x81, 0x00], query)?.hasPrefix("page_size: holds a number in more bytes") == true)
        #expect(fault([0xd0, 0x00, 0x01], query) != nil)
        #expect(fault([0x50] + Array(repeating: 0xff, count: 10) + [0x01], query) != nil)
        #expect(fault([0x50] + Array(repeating: 0xff, count: 9) + [0x02], query) != nil)
    }

    @Test func numbersOutsideTheirTypeAreRefused() {
        // page_size is uint32: 2^32.
        #expect(fault([0x50, 0x80, 0x80, 0x80, 0x80, 0x10], query) == "page_size: has a number that its type does not hold")
        // AddPrincipalRequest.kind 9 is no kind.
        let add = RequestGrammar.concordat.index(of: "concordat.v1.AddPrincipalRequest")
        #expect(fault([0x10, 0x09], add) == "kind: has a number that its type does not hold")
        let step = RequestGrammar.concordat.index(of: "concordat.v1.DocumentNode")
        #expect(fault([0x10, 0x02], step) == "boolean: has a number that its type does not hold")
    }

    @Test func everyTruncationOfARequestIsReadWithoutPassingItsEnd() throws {
        let request = Concordat_V1_QueryRequest.with {
            $0.agreement = "ISA-2026-0042"
            $0.filter.conditions = [.with { $0.field = "local_authority"; $0.equals = "E08000035" }]
            $0.seen.root = [UInt8](repeating: 7, count: 32).withUnsafeBytes { .init($0) }
        }
        let bytes: [UInt8] = try request.serializedBytes()
        for length in 1..<bytes.count {
            // Cut inside a field it is refused; between two fields it is a shorter request.
            _ = fault(Array(bytes.prefix(length)), query)
        }
        #expect(fault(Array(bytes.dropLast()), query) != nil)
        #expect(fault([0x0a, 0xff, 0xff, 0xff, 0xff, 0x07, 0x41], query) == "agreement: is longer than the message that holds it")
    }

    @Test func textThatIsNotUTF8IsRefused() {
        for wrong in [[0xff], [0xc0, 0xaf], [0xed, 0xa0, 0x80]] as [[UInt8]] {
            #expect(fault([0x0a, UInt8(wrong.count)] + wrong, query)?.hasPrefix("agreement: is not UTF-8") == true)
        }
    }

    @Test func nestingIsBoundedWithoutDeepRecursion() {
        // DocumentNode.sequence (5) . items (1): two levels a step.
        func nested(_ steps: Int) -> [UInt8] {
            var bytes: [UInt8] = []
            for _ in 0..<steps { bytes = prefixed(0x2a, prefixed(0x0a, bytes)) }
            return prefixed(0x0a, bytes)
        }
        #expect(fault(nested(31), draft) == nil)
        #expect(fault(nested(32), draft)?.contains("nested deeper than 64") == true)
        #expect(fault(nested(5_000), draft)?.contains("nested deeper than 64") == true)
    }

    private func prefixed(_ tag: UInt8, _ content: [UInt8]) -> [UInt8] {
        var bytes = [tag]
        var length = content.count
        while length >= 0x80 {
            bytes.append(UInt8(length & 0x7f) | 0x80)
            length >>= 7
        }
        return bytes + [UInt8(length)] + content
    }
}
