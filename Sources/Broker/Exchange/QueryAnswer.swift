import BrokerProtocol
import Cryptography
import DataSources
import Foundation
import Ledger
import ProtobufWire
import Redaction
import Vocabulary

extension BrokerCore {
    /// Step 9. Only a `RedactedRecord` has a way into the answer.
    func answer(_ exchange: Exchange, _ batch: EdgeRelease, _ receipt: Receipt, isRepeated: Bool) throws(CallFault) -> Concordat_V1_QueryResponse {
        try answer(exchange, batch, receipt.wire, isRepeated: isRepeated)
    }

    func answer(
        _ exchange: Exchange, _ batch: EdgeRelease, _ receipt: Concordat_V1_Receipt, isRepeated: Bool
    ) throws(CallFault) -> Concordat_V1_QueryResponse {
        let output = exchange.program.outputSchema
        var response = Concordat_V1_QueryResponse()
        response.records = batch.records.map(\.wire)
        response.schemaDigest = Data(output.digest.bytes)
        if exchange.form.knownSchema != output.digest.bytes { response.schema = exchange.program.wireSchema }
        response.receipt = receipt
        response.exchangeID = Data(exchange.id.bytes)
        response.repeatedReceipt = isRepeated
        response.requestOpening = .with {
            $0.request = Data(exchange.form.canonicalBytes)
            $0.requestSalt = Data(batch.requestSalt)
            $0.caseSalt = Data(batch.caseSalt)
        }
        if let next = batch.next {
            let scope = PageTokens.Scope(
                client: exchange.call.caller.principal.number, revision: exchange.governed.dataset.revision, search: exchange.form.searchDigest)
            do throws(CryptographyFault) {
                response.nextPageToken = Data(try pageTokens.seal(PageTokens.Place(position: next, issued: exchange.call.arrived), for: scope))
            } catch {
                throw .internal(part: "page token")
            }
        }
        return response
    }
}

extension RedactedRecord {
    fileprivate var wire: Concordat_V1_ReleasedRecord {
        .with {
            $0.record = Data(bytes)
            $0.commitment = Data(commitment.bytes)
            $0.recordSalt = Data(opening.recordSalt)
            $0.fields = opening.fields.map { field in
                .with {
                    $0.number = UInt32(field.number)
                    $0.disposition = field.disposition.wire
                    $0.salt = Data(field.salt)
                    $0.sourceDigest = Data(field.sourceDigest?.bytes ?? [])
                }
            }
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

extension RedactionProgram {
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
