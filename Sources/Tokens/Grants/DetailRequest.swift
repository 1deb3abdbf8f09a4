import Cryptography
import Vocabulary

/// The `authorization_details` of a request for a token: at most what a client wants. A member that is left out asks for what the
/// agreement gives and never for more; a member that we do not know is refused.
package struct DetailRequest: Hashable, Sendable {
    package struct Dataset: Hashable, Sendable {
        package let id: DatasetID
        package let schema: Digest?
        package let actions: [TokenAction]?
        package let fields: [FieldPath]?
        package let rowFilter: String?
    }

    package let agreement: AgreementID
    package let version: AgreementVersion?
    package let policy: Digest?
    package let datasets: [Dataset]?
    package let purpose: PurposeCode?
    package let legalBasis: LegalBasisCode?
    package let rows: UInt64?
    package let bytes: UInt64?
    package let calls: UInt64?
    package let rowsPerCall: UInt64?
    package let network: [IPNetwork]?
    package let classification: String?
    package let isReidentification: Bool?

    /// Parses the JSON array with its one detail, at most 8,192 bytes.
    package init(_ text: String) throws(GrantFault) {
        let value: JSONValue
        do throws(JSONFault) {
            value = try JSONReader.value(Array(text.utf8.prefix(TokenLimits.maxDetailsBytes + 1)), limit: TokenLimits.maxDetailsBytes)
        } catch { throw .detailsJSON(error) }
        guard case .array(let details) = value, details.count == 1 else { throw .detailsType }
        do throws(MemberFault) {
            try self.init(json: details[0])
        } catch { throw error == .invalid("authorization_details.type") ? .detailsType : .detailsMember(error) }
    }

    private init(json: JSONValue) throws(MemberFault) {
        let object = try JSONObject(json, "authorization_details", known: AuthorizationDetail.members)
        guard try object.string("type") == AuthorizationDetail.type else { throw .invalid("authorization_details.type") }
        agreement = try object.parsed("agreement", AgreementID.init)
        version = object.optional("version") == nil ? nil : try object.version("version")
        policy = try object.optionalParsed("policy", prefixedDigest)
        datasets = try DetailRequest.datasets(object)
        purpose = try object.optionalParsed("purpose", PurposeCode.init)
        legalBasis = try object.optionalParsed("legal_basis", LegalBasisCode.init)
        network = try object.optionalList("network", 1...TokenLimits.maxNetworks, IPNetwork.init)
        classification = try object.optionalParsed("classification", classificationText)
        isReidentification = object.optional("reident") == nil ? nil : try object.bool("reident")
        let limits = try object.optional("limits").map { value throws(MemberFault) in
            try JSONObject(value, "limits", known: AuthorizationDetail.limitMembers)
        }
        rows = try limits?.optionalPositive("rows")
        bytes = try limits?.optionalPositive("bytes")
        calls = try limits?.optionalPositive("calls")
        rowsPerCall = try limits?.optionalPositive("rows_per_call")
    }

    private static func datasets(_ object: JSONObject) throws(MemberFault) -> [Dataset]? {
        guard object.optional("datasets") != nil else { return nil }
        var datasets: [Dataset] = []
        for value in try object.objects("datasets", 1...TokenLimits.maxScopeTerms) {
            let dataset = try JSONObject(value, "datasets", known: AuthorizationDetail.datasetMembers)
            datasets.append(
                Dataset(
                    id: try dataset.parsed("id", DatasetID.init), schema: try dataset.optionalParsed("schema", prefixedDigest),
                    actions: try dataset.optionalList("actions", 1...TokenAction.allCases.count, TokenAction.init(rawValue:)),
                    fields: try dataset.optionalList("fields", 1...TokenLimits.maxFields, FieldPath.init),
                    rowFilter: try dataset.optionalParsed("row_filter", rowFilterText)))
        }
        guard Set(datasets.map(\.id)).count == datasets.count else { throw .invalid("datasets") }
        return datasets
    }
}
