import Cryptography
import Vocabulary

/// What a token allows (RFC 9396, type `urn:concordat:exchange:1`). Complete: every member has a value, so that nothing missing can
/// be read as "anything".
package struct AuthorizationDetail: Hashable, Sendable {
    package static let type = "urn:concordat:exchange:1"

    package struct Dataset: Hashable, Sendable {
        package var id: DatasetID
        /// Digest of the canonical schema.
        package var schema: Digest
        package var actions: [TokenAction]
        /// Leaf paths.
        package var fields: [FieldPath]
        /// Name of the row filter in the terms; nil where the terms have none.
        package var rowFilter: String?

        package init(id: DatasetID, schema: Digest, actions: [TokenAction], fields: [FieldPath], rowFilter: String?) {
            self.id = id
            self.schema = schema
            self.actions = actions
            self.fields = fields
            self.rowFilter = rowFilter
        }
    }

    /// Upper bounds, each 1 or more.
    package struct Limits: Hashable, Sendable {
        package var rows: UInt64
        package var bytes: UInt64
        package var calls: UInt64
        package var rowsPerCall: UInt64

        package init(rows: UInt64, bytes: UInt64, calls: UInt64, rowsPerCall: UInt64) {
            self.rows = rows
            self.bytes = bytes
            self.calls = calls
            self.rowsPerCall = rowsPerCall
        }

        package func isWithin(_ other: Limits) -> Bool {
            rows <= other.rows && bytes <= other.bytes && calls <= other.calls && rowsPerCall <= other.rowsPerCall
        }
    }

    package var agreement: AgreementID
    package var version: AgreementVersion
    /// The terms digest.
    package var policy: Digest
    package var datasets: [Dataset]
    package var purpose: PurposeCode
    package var legalBasis: LegalBasisCode
    package var limits: Limits
    /// Where calls may come from; empty where the terms do not say.
    package var network: [IPNetwork]
    package var classification: String
    package var isReidentification: Bool

    package init(
        agreement: AgreementID, version: AgreementVersion, policy: Digest, datasets: [Dataset], purpose: PurposeCode,
        legalBasis: LegalBasisCode, limits: Limits, network: [IPNetwork], classification: String, isReidentification: Bool
    ) {
        self.agreement = agreement
        self.version = version
        self.policy = policy
        self.datasets = datasets
        self.purpose = purpose
        self.legalBasis = legalBasis
        self.limits = limits
        self.network = network
        self.classification = classification
        self.isReidentification = isReidentification
    }
}

extension AuthorizationDetail {
    /// Sets by inclusion, numbers by size, networks by containment, everything else by equality.
    package func isSubset(of parent: AuthorizationDetail) -> Bool {
        agreement == parent.agreement && version == parent.version && policy == parent.policy && purpose == parent.purpose
            && legalBasis == parent.legalBasis && classification == parent.classification
            && (!isReidentification || parent.isReidentification)
            && limits.isWithin(parent.limits)
            && isNetworkWithin(parent.network)
            && datasets.allSatisfy { dataset in parent.datasets.contains { dataset.isSubset(of: $0) } }
    }

    private func isNetworkWithin(_ parent: [IPNetwork]) -> Bool {
        if parent.isEmpty { return true }
        return !network.isEmpty && network.allSatisfy { inner in parent.contains { $0.contains(inner) } }
    }
}

extension AuthorizationDetail.Dataset {
    func isSubset(of parent: AuthorizationDetail.Dataset) -> Bool {
        id == parent.id && schema == parent.schema && rowFilter == parent.rowFilter
            && Set(actions).isSubset(of: parent.actions) && Set(fields).isSubset(of: parent.fields)
    }
}
