import Agreements
import AuditTrail
import BrokerProtocol
import Cryptography
import DataSources
import Foundation
import Ledger
import Redaction
import Storage
import Vocabulary

extension BrokerCore {
    /// The owner's own look. Its ATTEMPT entry is durable and signed for before the record is in the answer; the search key is in it as a
    /// salted commitment only.
    func getRecord(_ request: Concordat_V1_GetRecordRequest, _ call: Call) async throws(CallFault) -> Concordat_V1_GetRecordResponse {
        let id = try RequestFields.dataset(request.dataset)
        let reason = try RequestFields.text(request.reason, "reason", bytes: 1...200)
        guard (1...configuration.limits.shortTextBytes).contains(request.key.utf8.count) else {
            throw .invalid(field: "key", problem: "must be 1 to \(configuration.limits.shortTextBytes) bytes; give the value to look up")
        }
        let dataset: CatalogueDataset = try await read(call) { store throws(StorageFault) in
            guard let dataset = try store.dataset(id) else { return .refused(.notFound(what: "the dataset")) }
            guard dataset.owner == call.caller.organisation.number, call.caller.has(OfficerRole.assetOwner.rawValue) else {
                return .refused(.denied(reason: "NOT_DATA_OWNER", paths: [], message: "Only an information asset owner of the dataset's owner sees whole records."))
            }
            return .done(dataset)
        }
        let (schema, layout) = try opened(dataset)
        guard let key = layout.key else { throw .precondition(reason: "NO_KEY", remedy: "Records of this dataset have no key.") }
        try BrokerCore.requireForm(request.key, ofKey: key.name, in: schema, at: "key")
        let condition = try BrokerCore.condition(key.name, request.key, "key", layout)
        let page: SourcePage
        do throws(SourceFault) {
            let query = SourceQuery(fields: schema.root.fields.map(\.number), conditions: [condition], limit: 1)
            page = try await sources.reader.read(query, of: dataset.sourceFile, layout: layout, for: call.caller.turn)
        } catch {
            throw sourceFault(.source(error), call)
        }
        let receipt = try await recordLook(at: dataset, key: request.key, reason: reason, call)
        return .with {
            if page.count > 0 { $0.record = Data(page.record(0)) }
            $0.schema = schema.wire
            $0.receipt = receipt.wire
        }
    }

    private func opened(_ dataset: CatalogueDataset) throws(CallFault) -> (DatasetSchema, SourceLayout) {
        do throws(StorageFault) {
            return try dataset.opened()
        } catch {
            throw .internal(part: "schema")
        }
    }

    private func recordLook(at dataset: CatalogueDataset, key: String, reason: String, _ call: Call) async throws(CallFault) -> Receipt {
        let exchange = try drawExchangeID()
        let (salt, wrapped) = try lookSalt(exchange)
        let remarkSalt = randomness.bytes(16)
        let retention = configuration.limits.openingRetentionDays * 86_400
        let commitment = Commitments.request(salt: salt, canonicalRequest: Array(dataset.id.text.utf8) + [0] + Array(key.utf8))
        let (_, receipts) = try await recorded(call) { scope throws(StorageFault) -> Verdict<Bool> in
            guard scope.caller.organisation.number == dataset.owner, scope.caller.has(OfficerRole.assetOwner.rawValue) else {
                return .refused(.denied(reason: "NOT_DATA_OWNER", paths: []))
            }
            let index = scope.record(
                .attempt(
                    AttemptEntry(
                        exchange: exchange, part: 0, agreementEntry: nil, client: scope.caller.principal.number, dataset: dataset.id,
                        requestCommitment: commitment)))
            try scope.store.keep(StoredOpening(entry: index, wrapped: wrapped, until: scope.now.advanced(seconds: retention)))
            try scope.store.keep(Remark(entry: index, salt: remarkSalt, text: reason))
            return .done(true)
        }
        guard let receipt = receipts.first else { throw .internal(part: "attempt entry") }
        return receipt
    }

    private func drawExchangeID() throws(CallFault) -> ExchangeID {
        guard let id = ExchangeID(randomness.bytes(16)) else { throw .internal(part: "exchange id") }
        return id
    }

    /// The salt of the commitment to the key: the request salt of an `xk` as for any exchange, kept wrapped only. In clear it would let
    /// whoever reads the store try out every number there is.
    private func lookSalt(_ exchange: ExchangeID) throws(CallFault) -> (salt: [UInt8], wrapped: [UInt8]) {
        let saltKey = randomness.bytes(32)
        do throws(RedactionFault) {
            let salts = try EntrySalts(xk: SecretBytes(saltKey), fieldCount: 0)
            do throws(CryptographyFault) {
                return (salts.request, try evidence.wrap(EvidenceKeys.Opening(saltKey: saltKey), exchange: exchange, part: 0))
            } catch {
                throw RedactionFault.context("xk")
            }
        } catch {
            throw .internal(part: "salt key")
        }
    }
}
