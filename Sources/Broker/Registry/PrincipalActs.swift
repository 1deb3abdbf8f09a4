import Agreements
import AuditTrail
import Cryptography
import Storage
import Vocabulary

// What several registry calls do to one principal. Each step is one entry.
extension ActScope {
    mutating func grant(_ role: OfficerRole, to principal: inout RegisteredPrincipal) {
        principal.roles = (principal.roles + [role.rawValue]).sorted()
        principal.entry = record(
            .added, .role(RoleRecord(principal: principal.number, role: role.rawValue)), reason: "GRANTED")
    }

    /// Takes the role away, and with a signatory's the delegations that rest on it.
    mutating func revoke(_ role: OfficerRole, from principal: inout RegisteredPrincipal) throws(StorageFault) {
        principal.roles.removeAll { $0 == role.rawValue }
        principal.entry = record(
            .retired, .role(RoleRecord(principal: principal.number, role: role.rawValue)), reason: "REVOKED")
        guard role == .signatory else { return }
        for delegation in try store.delegations(of: principal.number) where delegation.status == .active {
            try end(delegation)
        }
    }

    @discardableResult
    mutating func end(_ delegation: RegisteredDelegation) throws(StorageFault) -> RegisteredDelegation {
        var ended = delegation
        ended.status = .retired
        if ended.until > now { ended.until = max(now, ended.from) }
        ended.entry = record(.retired, .delegation(delegation.record), reason: "ENDED")
        try store.put(ended)
        return ended
    }

    mutating func enrol(
        _ certificate: X509Certificate, _ admission: Admission, for principal: RegisteredPrincipal, limits: BrokerLimits
    ) throws(StorageFault) -> Verdict<RegisteredCertificate> {
        guard try store.certificateCount(of: principal.number) < limits.certificatesPerPrincipal else {
            return .refused(.full(of: "certificates of one principal", most: limits.certificatesPerPrincipal))
        }
        guard try store.certificate(certificate.thumbprint) == nil else {
            return .refused(.alreadyExists(what: "this certificate"))
        }
        guard let notBefore = Timestamp(seconds: certificate.notBefore), let notAfter = Timestamp(seconds: certificate.notAfter),
            notBefore.microseconds >= 0, notBefore < notAfter, now < notAfter
        else {
            return .refused(
                .invalid(field: "certificate", problem: "has expired, has dates before 1970, or ends before it begins; enrol a current one"))
        }
        guard !certificate.isAuthority else {
            return .refused(.invalid(field: "certificate", problem: "is an authority's; enrol the certificate that the principal itself presents"))
        }
        if case .refused(let words) = admission { return .refused(.invalid(field: "certificate", problem: words)) }
        var registered = RegisteredCertificate(
            thumbprint: certificate.thumbprint, principal: principal.number, der: certificate.der,
            publicKey: certificate.subjectPublicKeyDER, notBefore: notBefore, notAfter: notAfter, entry: next)
        registered.entry = record(.added, .certificate(registered.record), reason: "ENROLLED")
        try store.put(registered)
        return .done(registered)
    }

    /// Whether the operator keeps an administrator who can connect when this principal, or this certificate of theirs, is gone. Without one
    /// the register could never be changed again.
    func operatorKeepsAnAdministrator(
        without principal: RegisteredPrincipal, certificate: RegisteredCertificate? = nil
    ) throws(StorageFault) -> Bool {
        guard principal.kind == .administrator, try store.organisation(principal.organisation)?.isOperator == true else { return true }
        for other in try store.principals(of: principal.organisation) where other.kind == .administrator && other.status == .active {
            guard other.number != principal.number || certificate != nil else { continue }
            for held in try store.certificates(of: other.number)
            where held.status == .active && now < held.notAfter && held.thumbprint != certificate?.thumbprint {
                return true
            }
        }
        return false
    }

    mutating func retire(_ certificate: RegisteredCertificate, epoch: UInt64) throws(StorageFault) -> RegisteredCertificate {
        var retired = certificate
        retired.status = .retired
        retired.entry = record(.retired, .certificate(certificate.record), reason: "RETIRED", epoch: epoch)
        try store.put(retired)
        return retired
    }
}

extension RegisteredCertificate {
    var record: CertificateRecord {
        CertificateRecord(
            thumbprint: thumbprint, principal: principal, publicKey: publicKey, notBefore: notBefore, notAfter: notAfter)
    }
}

extension RegisteredDelegation {
    var record: DelegationRecord {
        DelegationRecord(
            number: number, principal: principal, from: from, until: until, maxSensitivity: maxSensitivity, maxRowsPerDay: maxRowsPerDay,
            maxValuePence: maxValuePence, thirdParties: thirdParties)
    }
}

extension RegisteredPrincipal {
    /// What the ledger says of it: the slug of a service, and of a person nothing but the number.
    var record: PrincipalRecord {
        PrincipalRecord(number: number, organisation: organisation, kind: kind.recorded, client: kind == .service ? id : nil)
    }
}

extension PrincipalKind {
    var recorded: PrincipalRecord.Kind {
        switch self {
        case .service: .service
        case .officer: .officer
        case .auditor: .auditor
        case .administrator: .administrator
        }
    }
}
