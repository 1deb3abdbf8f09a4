import Cryptography
import Vocabulary

extension AuthorizationDetail {
    static let members = [
        "type", "agreement", "version", "policy", "datasets", "purpose", "legal_basis", "limits", "network", "classification", "reident",
    ]
    static let datasetMembers = ["id", "schema", "actions", "fields", "row_filter"]
    static let limitMembers = ["rows", "bytes", "calls", "rows_per_call"]

    /// As a claim: members in this order.
    package var json: JSONValue {
        .object([
            JSONMember("type", .string(AuthorizationDetail.type)),
            JSONMember("agreement", .string(agreement.text)),
            JSONMember("version", .integer(Int64(version.value))),
            JSONMember("policy", .string("sha256:" + policy.hex)),
            JSONMember("datasets", .array(datasets.map(\.json))),
            JSONMember("purpose", .string(purpose.text)),
            JSONMember("legal_basis", .string(legalBasis.text)),
            JSONMember("limits", limits.json),
            JSONMember("network", .array(network.map { .string($0.description) })),
            JSONMember("classification", .string(classification)),
            JSONMember("reident", .bool(isReidentification)),
        ])
    }

    /// Reads a claim: every member must be there, `row_filter` of a dataset excepted, and no other.
    init(json: JSONValue) throws(MemberFault) {
        let object = try JSONObject(json, "authorization_details", known: AuthorizationDetail.members)
        guard try object.string("type") == AuthorizationDetail.type else { throw .invalid("authorization_details.type") }
        var datasets: [Dataset] = []
        for value in try object.objects("datasets", 1...TokenLimits.maxScopeTerms) { datasets.append(try Dataset(json: value)) }
        self.init(
            agreement: try object.parsed("agreement", AgreementID.init), version: try object.version("version"),
            policy: try object.parsed("policy", prefixedDigest), datasets: datasets,
            purpose: try object.parsed("purpose", PurposeCode.init), legalBasis: try object.parsed("legal_basis", LegalBasisCode.init),
            limits: try Limits(json: try object.value("limits")),
            network: try object.list("network", 0...TokenLimits.maxNetworks, IPNetwork.init),
            classification: try object.parsed("classification", classificationText), isReidentification: try object.bool("reident"))
        guard Set(datasets.map(\.id)).count == datasets.count else { throw .invalid("authorization_details.datasets") }
    }
}

extension AuthorizationDetail.Dataset {
    var json: JSONValue {
        var members = [
            JSONMember("id", .string(id.text)),
            JSONMember("schema", .string("sha256:" + schema.hex)),
            JSONMember("actions", .array(actions.map { .string($0.rawValue) })),
            JSONMember("fields", .array(fields.map { .string($0.description) })),
        ]
        if let rowFilter { members.append(JSONMember("row_filter", .string(rowFilter))) }
        return .object(members)
    }

    init(json: JSONValue) throws(MemberFault) {
        let object = try JSONObject(json, "datasets", known: AuthorizationDetail.datasetMembers)
        self.init(
            id: try object.parsed("id", DatasetID.init), schema: try object.parsed("schema", prefixedDigest),
            actions: try object.list("actions", 1...TokenAction.allCases.count, TokenAction.init(rawValue:)),
            fields: try object.list("fields", 1...TokenLimits.maxFields, FieldPath.init),
            rowFilter: try object.optionalParsed("row_filter", rowFilterText))
    }
}

extension AuthorizationDetail.Limits {
    var json: JSONValue {
        .object([
            JSONMember("rows", .integer(Int64(clamping: rows))),
            JSONMember("bytes", .integer(Int64(clamping: bytes))),
            JSONMember("calls", .integer(Int64(clamping: calls))),
            JSONMember("rows_per_call", .integer(Int64(clamping: rowsPerCall))),
        ])
    }

    init(json: JSONValue) throws(MemberFault) {
        let object = try JSONObject(json, "limits", known: AuthorizationDetail.limitMembers)
        self.init(
            rows: try object.positive("rows"), bytes: try object.positive("bytes"), calls: try object.positive("calls"),
            rowsPerCall: try object.positive("rows_per_call"))
    }
}

extension JSONObject {
    func version(_ member: String) throws(MemberFault) -> AgreementVersion {
        guard let small = UInt32(exactly: try number(member)), let version = AgreementVersion(small) else { throw .invalid(member) }
        return version
    }
}

/// A classification such as `OFFICIAL-SENSITIVE`: 1 to 32 of `A-Z`, `-` and space.
func classificationText(_ text: String) -> String? {
    let isAllowed: (UInt8) -> Bool = { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) || $0 == UInt8(ascii: "-") || $0 == 0x20 }
    return (1...32).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed) ? text : nil
}

/// The name of a row filter, such as `rf:7`: 1 to 64 of printable ASCII without quote and backslash.
func rowFilterText(_ text: String) -> String? {
    let isAllowed: (UInt8) -> Bool = { (0x21...0x7e).contains($0) && $0 != UInt8(ascii: "\"") && $0 != UInt8(ascii: "\\") }
    return (1...64).contains(text.utf8.count) && text.utf8.allSatisfy(isAllowed) ? text : nil
}
