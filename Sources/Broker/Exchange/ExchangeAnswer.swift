import BrokerProtocol
import Cryptography
import Foundation
import Ledger
import ProtobufWire
import Redaction
import Vocabulary

/// A receipt as an answer carries it.
struct AnswerReceipt: Sendable {
    let index: LedgerIndex
    /// The entry's canonical bytes.
    let entry: [UInt8]
    /// The tlog-proof's text.
    let proof: [UInt8]

    init(_ receipt: Receipt) {
        index = receipt.index
        entry = receipt.entry
        proof = receipt.proof.bytes
    }

    init(_ receipt: Concordat_V1_Receipt) {
        index = LedgerIndex(receipt.index)
        entry = [UInt8](receipt.entry)
        proof = Array(receipt.proof.utf8)
    }

    /// A `Receipt` of receipt.proto.
    fileprivate func write(to writer: inout WireWriter) {
        writer.varint(1, index.value)
        writer.bytes(2, entry)
        writer.bytes(3, proof)
    }
}

extension BrokerCore {
    /// Step 9: the wire bytes of a `QueryResponse` or `StreamBatch` (exchange.proto), whose common fields have the same numbers; written at once,
    /// because an intermediate message costs more than everything else on this path. Only a `RedactedRecord` has a way into them.
    func answer(_ exchange: Exchange, _ batch: ReleasedBatch, _ receipt: AnswerReceipt, isRepeated: Bool = false) throws(CallFault) -> [UInt8] {
        let output = exchange.program.outputSchema
        let isStream = exchange.form.operation == .stream
        var writer = WireWriter(reserving: batch.wire.count + 512 + receipt.entry.count + receipt.proof.count)
        writer.fields(batch.wire)
        writer.digest(2, output.digest)
        if exchange.part == 0, exchange.form.knownSchema != output.digest.bytes { writer.element(3, try exchange.program.encodedWireSchema()) }
        writer.message(4) { receipt.write(to: &$0) }
        if !isStream { writer.bytes(5, try pageToken(exchange, batch)) }
        writer.bytes(6, exchange.id.bytes)
        writer.message(7) { opening in
            opening.bytes(1, exchange.form.canonicalBytes)
            opening.bytes(2, batch.requestSalt)
            opening.bytes(3, batch.caseSalt)
        }
        writer.bool(8, isRepeated)
        if isStream {
            writer.varint(9, UInt64(exchange.part))
            writer.bool(10, batch.next == nil)
        }
        return writer.bytes
    }

    private func pageToken(_ exchange: Exchange, _ batch: ReleasedBatch) throws(CallFault) -> [UInt8] {
        guard let next = batch.next else { return [] }
        let scope = PageTokens.Scope(
            client: exchange.call.caller.principal.number, revision: exchange.governed.dataset.revision, search: exchange.form.searchDigest)
        do throws(CryptographyFault) {
            return try pageTokens.seal(PageTokens.Place(position: next, issued: exchange.call.arrived), for: scope)
        } catch {
            throw .internal(part: "page token")
        }
    }
}

extension Disposition {
    var wire: Concordat_V1_Disposition {
        switch self {
        case .released: .released
        case .transformed: .transformed
        case .withheld: .withheld
        case .notHeld: .notHeld
        }
    }
}

extension RedactionNotice {
    fileprivate var wire: Concordat_V1_RedactionNotice {
        .with {
            $0.withheld = withheld.map(\.description)
            $0.changed = changed.map { change in
                .with {
                    $0.path = change.path.description
                    $0.rule = change.transform.description
                }
            }
        }
    }
}

extension RedactionProgram {
    fileprivate func encodedWireSchema() throws(CallFault) -> [UInt8] {
        do {
            return try wireSchema.serializedBytes()
        } catch {
            throw .internal(part: "encoding")
        }
    }

    var wireSchema: Concordat_V1_OutputSchema {
        .with {
            $0.schema.descriptorSet = Data(outputSchema.canonicalBytes)
            $0.schema.digest = Data(outputSchema.digest.bytes)
            $0.rules = leafRules.map { rule in
                .with {
                    $0.path = rule.path.description
                    $0.transform = rule.transform.name
                    $0.disposition = rule.disposition.wire
                }
            }
            $0.notice = notice.wire
        }
    }
}

extension Receipt {
    var wire: Concordat_V1_Receipt {
        .with {
            $0.index = index.value
            $0.entry = Data(entry)
            $0.proof = String(decoding: proof.bytes, as: UTF8.self)
        }
    }
}
