import Cryptography
import DataSources
import Storage
import Vocabulary

/// Who makes a call, as the registry knows the connection's certificate at this moment. Never read from certificate text.
package final class Caller: Sendable {
    package let certificate: RegisteredCertificate
    package let principal: RegisteredPrincipal
    package let organisation: RegisteredOrganisation

    init(certificate: RegisteredCertificate, principal: RegisteredPrincipal, organisation: RegisteredOrganisation) {
        self.certificate = certificate
        self.principal = principal
        self.organisation = organisation
    }

    /// Looks up everything that an identity rests on; nil where the registry does not know the certificate.
    static func find(_ thumbprint: Thumbprint, in store: any StorageReading) throws(StorageFault) -> Caller? {
        guard let certificate = try store.certificate(thumbprint),
            let principal = try store.principal(certificate.principal),
            let organisation = try store.organisation(principal.organisation)
        else { return nil }
        return Caller(certificate: certificate, principal: principal, organisation: organisation)
    }

    /// Why this identity cannot be used at this moment; nil where it can. Checked on each call, however old the connection.
    func refusal(at now: Timestamp) -> IdentityRefusal? {
        if certificate.status != .active { return .certificateRetired }
        if now < certificate.notBefore { return .certificateNotYetValid }
        if now >= certificate.notAfter { return .certificateExpired }
        if principal.status != .active { return .principalNotActive }
        if organisation.status != .active { return .organisationNotActive }
        return nil
    }

    /// Keeps the registry of that organisation: its own administrator, or one of the operator.
    func administers(_ number: OrganisationNumber) -> Bool {
        principal.kind == .administrator && (organisation.isOperator || organisation.number == number)
    }

    /// Keeps the registry of all organisations.
    var administersAll: Bool { principal.kind == .administrator && organisation.isOperator }

    /// In whose turn sources are read for this caller: each principal has one.
    var turn: SourceClient { SourceClient(principal: principal.number.value) }

    var isAuditor: Bool { principal.kind == .auditor }

    func has(_ role: String) -> Bool {
        principal.kind == .officer && principal.roles.contains(role)
    }
}

/// Why a registered certificate cannot be used now. The raw value is the reason of the DENIAL entry; the caller is told none of it.
enum IdentityRefusal: String, Hashable, Sendable {
    case certificateRetired = "certificate_retired"
    case certificateNotYetValid = "certificate_not_yet_valid"
    case certificateExpired = "certificate_expired"
    case principalNotActive = "principal_not_active"
    case organisationNotActive = "organisation_not_active"
}
