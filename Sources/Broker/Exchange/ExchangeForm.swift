import Authorization
import BrokerProtocol
import Cryptography
import struct Foundation.Data
import ProtobufWire
import Tokens
import Vocabulary

/// A `Query` or a `Stream` after its message was read: every field checked by itself, nothing looked up yet.
struct ExchangeForm: Sendable {
    struct Condition: Hashable, Sendable {
        let field: FieldPath
        let value: String
    }

    enum Search: Hashable, Sendable {
        case key(String)
        case filter([Condition])

        var isByKey: Bool { if case .key = self { true } else { false } }
    }

    let operation: Operation
    let agreement: AgreementID
    let dataset: DatasetID
    let purpose: PurposeCode
    /// Ascending, without repetition; none asks for all that the token allows.
    let fields: [FieldPath]
    let search: Search
    let caseReference: String
    let endUser: String
    let requestID: String
    /// Nil where the request leaves it to the broker.
    let pageSize: Int?
    let pageToken: [UInt8]
    let knownSchema: [UInt8]
    let seen: (size: UInt64, root: Digest)?
    /// The entry of the last part that has arrived, after which a stream goes on.
    let resumesAfter: LedgerIndex?

    init(_ request: Concordat_V1_StreamRequest, limits: BrokerLimits) throws(CallFault) {
        try self.init(
            request, .stream, search: .filter(try ExchangeForm.conditions(request.filter, limits: limits)),
            resumesAfter: request.resumeAfter == 0 ? nil : LedgerIndex(request.resumeAfter), limits: limits)
    }

    init(_ request: Concordat_V1_QueryRequest, limits: BrokerLimits) throws(CallFault) {
        let search = try ExchangeForm.search(request, limits: limits)
        guard request.requestID.utf8.count <= 64, request.requestID.utf8.allSatisfy({ (0x21...0x7e).contains($0) }) else {
            throw .invalid(field: "request_id", problem: "must be at most 64 printable ASCII characters without spaces")
        }
        guard request.pageSize <= UInt32(limits.rowsPerAnswer) else {
            throw .invalid(field: "page_size", problem: "must be at most \(limits.rowsPerAnswer); leave it out for \(limits.defaultRows(within: .max))")
        }
        guard request.pageToken.count <= 512 else { throw .invalid(field: "page_token", problem: "is not one that this broker gave") }
        try self.init(
            request, .query, search: search, requestID: request.requestID, pageSize: request.pageSize == 0 ? nil : Int(request.pageSize),
            pageToken: [UInt8](request.pageToken), limits: limits)
    }

    private init(
        _ request: some ExchangeMessage, _ operation: Operation, search: Search, requestID: String = "", pageSize: Int? = nil,
        pageToken: [UInt8] = [], resumesAfter: LedgerIndex? = nil, limits: BrokerLimits
    ) throws(CallFault) {
        self.operation = operation
        agreement = try RequestFields.agreement(request.agreement)
        dataset = try RequestFields.dataset(request.dataset)
        purpose = try RequestFields.purpose(request.purpose)
        fields = try ExchangeForm.paths(request.fields)
        self.search = search
        caseReference = try ExchangeForm.short(request.caseReference, "case_reference", limits)
        endUser = try ExchangeForm.short(request.endUser, "end_user", limits)
        self.requestID = requestID
        self.pageSize = pageSize
        self.pageToken = pageToken
        self.resumesAfter = resumesAfter
        guard request.knownSchema.isEmpty || request.knownSchema.count == Digest.byteCount else {
            throw .invalid(field: "known_schema", problem: "must be the 32 bytes of schema_digest, or empty")
        }
        knownSchema = [UInt8](request.knownSchema)
        if request.hasSeen, request.seen.size > 0 {
            guard let root = Digest([UInt8](request.seen.root)) else { throw .invalid(field: "seen.root", problem: "must be 32 bytes") }
            seen = (request.seen.size, root)
        } else {
            seen = nil
        }
    }

    private static func paths(_ texts: [String]) throws(CallFault) -> [FieldPath] {
        guard texts.count <= TokenLimits.maxFields else { throw .invalid(field: "fields", problem: "must be at most \(TokenLimits.maxFields)") }
        var paths: Set<FieldPath> = []
        for (index, text) in texts.enumerated() {
            guard let path = FieldPath(text) else {
                throw .invalid(field: "fields[\(index)]", problem: "is not a field path; write names with dots between them")
            }
            guard paths.insert(path).inserted else { throw .invalid(field: "fields[\(index)]", problem: "is listed twice; list it once") }
        }
        return paths.sorted()
    }

    private static func search(_ request: Concordat_V1_QueryRequest, limits: BrokerLimits) throws(CallFault) -> Search {
        switch request.search {
        case .key(let key):
            guard !key.value.isEmpty else { throw .invalid(field: "key.value", problem: "is empty; give the value to look up") }
            return .key(try short(key.value, "key.value", limits))
        case .filter(let filter): return .filter(try conditions(filter, limits: limits))
        case nil: throw .invalid(field: "search", problem: "is missing; set key or filter")
        }
    }

    /// Ascending by field.
    private static func conditions(_ filter: Concordat_V1_FilterSearch, limits: BrokerLimits) throws(CallFault) -> [Condition] {
        guard filter.conditions.count <= limits.filterConditions else {
            throw .invalid(field: "filter.conditions", problem: "must be at most \(limits.filterConditions)")
        }
        var conditions: [Condition] = []
        for (index, condition) in filter.conditions.enumerated() {
            guard let field = FieldPath(condition.field) else {
                throw .invalid(field: "filter.conditions[\(index)].field", problem: "is not a field path")
            }
            guard !conditions.contains(where: { $0.field == field }) else {
                throw .invalid(field: "filter.conditions[\(index)].field", problem: "is tested twice; test it once")
            }
            conditions.append(Condition(field: field, value: try short(condition.equals, "filter.conditions[\(index)].equals", limits)))
        }
        return conditions.sorted { $0.field < $1.field }
    }

    private static func short(_ text: String, _ field: String, _ limits: BrokerLimits) throws(CallFault) -> String {
        guard text.utf8.count <= limits.shortTextBytes, text.unicodeScalars.allSatisfy({ $0.value >= 0x20 && $0.value != 0x7f }) else {
            throw .invalid(field: field, problem: "must be at most \(limits.shortTextBytes) bytes without control characters")
        }
        return text
    }

    /// What the decision sees: fields and names, never a value.
    func request(keyField: FieldPath?, rows: Int, address: UInt32?) -> ExchangeRequest {
        let asked: ExchangeRequest.Search =
            switch search {
            case .key: .key([keyField].compactMap { $0 })
            case .filter(let conditions): .filter(conditions.map(\.field))
            }
        return ExchangeRequest(
            agreement: agreement, dataset: dataset, operation: operation, purpose: purpose, fields: fields, search: asked, maxRows: UInt64(rows),
            address: address)
    }

    /// What the request commitment is over: the fields of `QueryRequest` or `StreamRequest` that say what was asked, canonical protobuf under their
    /// own numbers (1 to 6, 10 and 11), lists in ascending order. Where a stream goes on is not among them: it is the same request.
    var canonicalBytes: [UInt8] {
        var writer = searchWriter()
        writer.varint(10, UInt64(pageSize ?? 0))
        writer.bytes(11, pageToken)
        return writer.bytes
    }

    private func searchWriter() -> WireWriter {
        var writer = WireWriter(reserving: 256)
        writer.string(1, agreement.text)
        writer.string(2, dataset.text)
        writer.string(3, purpose.text)
        for field in fields { writer.element(4, field.description) }
        switch search {
        case .key(let value): writer.message(5) { $0.string(1, value) }
        case .filter(let conditions):
            writer.message(6) { filter in
                for condition in conditions {
                    filter.message(1) { inner in
                        inner.string(1, condition.field.description)
                        inner.string(2, condition.value)
                    }
                }
            }
        }
        return writer
    }

    /// What a page token is bound to: everything that was asked, without the place and the size of the page.
    var searchDigest: Digest {
        Digest.sha256(Array("concordat/search/1".utf8) + [0], searchWriter().bytes)
    }

    /// What the case commitment is over: case reference 1 and end user 2; nil where neither is given.
    var canonicalCase: [UInt8]? {
        guard !caseReference.isEmpty || !endUser.isEmpty else { return nil }
        var writer = WireWriter()
        writer.string(1, caseReference)
        writer.string(2, endUser)
        return writer.bytes
    }

    /// Same request id, same digest: the same request. Covers everything that the answer depends on.
    var bodyDigest: Digest {
        Digest.sha256(Array("concordat/request/1".utf8) + [0], canonicalBytes, [0], canonicalCase ?? [])
    }
}

/// What the two requests have in common.
private protocol ExchangeMessage {
    var agreement: String { get }
    var dataset: String { get }
    var purpose: String { get }
    var fields: [String] { get }
    var caseReference: String { get }
    var endUser: String { get }
    var knownSchema: Data { get }
    var hasSeen: Bool { get }
    var seen: Concordat_V1_SeenCheckpoint { get }
}

extension Concordat_V1_QueryRequest: ExchangeMessage {}
extension Concordat_V1_StreamRequest: ExchangeMessage {}
