import Cryptography
import Storage
import Vocabulary

extension SQLiteSession {
    func organisation(_ number: OrganisationNumber) throws(StorageFault) -> RegisteredOrganisation? {
        try statement("SELECT number, id, name, status, operator, entry FROM organisation WHERE number = ?")
            .first(.uint(number.value), read: organisation)
    }

    func organisation(_ id: OrganisationID) throws(StorageFault) -> RegisteredOrganisation? {
        try statement("SELECT number, id, name, status, operator, entry FROM organisation WHERE id = ?")
            .first(.text(id.text), read: organisation)
    }

    func organisations() throws(StorageFault) -> [RegisteredOrganisation] {
        try statement("SELECT number, id, name, status, operator, entry FROM organisation ORDER BY number")
            .all(limit: limits.maxListRows, read: organisation)
    }

    func put(_ organisation: RegisteredOrganisation) throws(StorageFault) {
        try check(text: organisation.name, "organisation name")
        try statement(
            """
            INSERT INTO organisation(number, id, name, status, operator, entry) VALUES(?, ?, ?, ?, ?, ?)
            ON CONFLICT(number) DO UPDATE SET id = excluded.id, name = excluded.name, status = excluded.status,
                operator = excluded.operator, entry = excluded.entry
            """
        ).execute(
            .uint(organisation.number.value), .text(organisation.id.text), .text(organisation.name), .byte(organisation.status.rawValue),
            .bool(organisation.isOperator), .entry(organisation.entry))
        touch()
    }

    func nextOrganisationNumber() throws(StorageFault) -> OrganisationNumber {
        let highest = try statement("SELECT max(number) FROM organisation").first { row throws(StorageFault) in
            try row.uint32(0, "organisation.number")
        }
        return OrganisationNumber(try following(highest ?? 0, "organisation number"))
    }

    func principal(_ number: PrincipalNumber) throws(StorageFault) -> RegisteredPrincipal? {
        try statement("SELECT number, id, name, kind, organisation, roles, status, entry FROM principal WHERE number = ?")
            .first(.uint(number.value), read: principal)
    }

    func principal(_ id: ClientID) throws(StorageFault) -> RegisteredPrincipal? {
        try statement("SELECT number, id, name, kind, organisation, roles, status, entry FROM principal WHERE id = ?")
            .first(.text(id.text), read: principal)
    }

    func principals(of organisation: OrganisationNumber) throws(StorageFault) -> [RegisteredPrincipal] {
        try statement(
            "SELECT number, id, name, kind, organisation, roles, status, entry FROM principal WHERE organisation = ? ORDER BY number"
        ).all(.uint(organisation.value), limit: limits.maxListRows, read: principal)
    }

    func put(_ principal: RegisteredPrincipal) throws(StorageFault) {
        try check(text: principal.name, "principal name")
        let roles = principal.roles.joined(separator: ",")
        guard principal.roles.allSatisfy({ !$0.isEmpty && !$0.contains(",") }) else { throw .limit("a role code is empty or has a comma") }
        try check(text: roles, "roles")
        try statement(
            """
            INSERT INTO principal(number, id, name, kind, organisation, roles, status, entry) VALUES(?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(number) DO UPDATE SET id = excluded.id, name = excluded.name, kind = excluded.kind,
                organisation = excluded.organisation, roles = excluded.roles, status = excluded.status, entry = excluded.entry
            """
        ).execute(
            .uint(principal.number.value), .text(principal.id.text), .text(principal.name), .byte(principal.kind.rawValue),
            .uint(principal.organisation.value), .text(roles), .byte(principal.status.rawValue), .entry(principal.entry))
        touch()
    }

    func certificate(_ thumbprint: Thumbprint) throws(StorageFault) -> RegisteredCertificate? {
        try statement(
            "SELECT thumbprint, principal, der, public_key, not_before, not_after, status, entry FROM certificate WHERE thumbprint = ?"
        ).first(.digest(thumbprint.digest), read: certificate)
    }

    func certificates(of principal: PrincipalNumber) throws(StorageFault) -> [RegisteredCertificate] {
        try statement(
            """
            SELECT thumbprint, principal, der, public_key, not_before, not_after, status, entry FROM certificate
            WHERE principal = ? ORDER BY rowid
            """
        ).all(.uint(principal.value), limit: limits.maxListRows, read: certificate)
    }

    func usableCertificates() throws(StorageFault) -> [UsableCertificate] {
        let active = RegistryStatus.active.rawValue
        return try statement(
            """
            SELECT thumbprint, not_after FROM certificate JOIN principal ON principal.number = certificate.principal
            JOIN organisation ON organisation.number = principal.organisation
            WHERE certificate.status = ?1 AND principal.status = ?1 AND organisation.status = ?1
            """
        ).all(.byte(active)) { row throws(StorageFault) in
            UsableCertificate(thumbprint: Thumbprint(try row.digest(0, "certificate.thumbprint")), notAfter: row.time(1))
        }
    }

    func organisationCount() throws(StorageFault) -> Int {
        try statement("SELECT count(*) FROM organisation").first { row in Int(row.int(0)) } ?? 0
    }

    func principalCount(of organisation: OrganisationNumber) throws(StorageFault) -> Int {
        try statement("SELECT count(*) FROM principal WHERE organisation = ?").first(.uint(organisation.value)) { row in Int(row.int(0)) } ?? 0
    }

    func certificateCount(of principal: PrincipalNumber) throws(StorageFault) -> Int {
        try statement("SELECT count(*) FROM certificate WHERE principal = ?").first(.uint(principal.value)) { row in Int(row.int(0)) } ?? 0
    }

    func delegationCount(of principal: PrincipalNumber) throws(StorageFault) -> Int {
        try statement("SELECT count(*) FROM delegation WHERE principal = ?").first(.uint(principal.value)) { row in Int(row.int(0)) } ?? 0
    }

    func put(_ certificate: RegisteredCertificate) throws(StorageFault) {
        try check(blob: certificate.der, "certificate")
        try check(blob: certificate.publicKey, "public key")
        try statement(
            """
            INSERT INTO certificate(thumbprint, principal, der, public_key, not_before, not_after, status, entry)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(thumbprint) DO UPDATE SET principal = excluded.principal, der = excluded.der, public_key = excluded.public_key,
                not_before = excluded.not_before, not_after = excluded.not_after, status = excluded.status, entry = excluded.entry
            """
        ).execute(
            .digest(certificate.thumbprint.digest), .uint(certificate.principal.value), .blob(certificate.der),
            .blob(certificate.publicKey), .time(certificate.notBefore), .time(certificate.notAfter), .byte(certificate.status.rawValue),
            .entry(certificate.entry))
        touch()
    }

    func delegation(_ number: UInt32) throws(StorageFault) -> RegisteredDelegation? {
        try statement(
            """
            SELECT number, principal, starts, ends, sensitivity, rows_per_day, value_pence, third_parties, status, entry
            FROM delegation WHERE number = ?
            """
        ).first(.uint(number), read: delegation)
    }

    func delegations(of principal: PrincipalNumber) throws(StorageFault) -> [RegisteredDelegation] {
        try statement(
            """
            SELECT number, principal, starts, ends, sensitivity, rows_per_day, value_pence, third_parties, status, entry
            FROM delegation WHERE principal = ? ORDER BY number
            """
        ).all(.uint(principal.value), limit: limits.maxListRows, read: delegation)
    }

    func put(_ delegation: RegisteredDelegation) throws(StorageFault) {
        try check(number: delegation.maxRowsPerDay, "rows a day")
        try check(number: delegation.maxValuePence, "value in pence")
        try statement(
            """
            INSERT INTO delegation(number, principal, starts, ends, sensitivity, rows_per_day, value_pence, third_parties, status, entry)
            VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(number) DO UPDATE SET principal = excluded.principal, starts = excluded.starts, ends = excluded.ends,
                sensitivity = excluded.sensitivity, rows_per_day = excluded.rows_per_day, value_pence = excluded.value_pence,
                third_parties = excluded.third_parties, status = excluded.status, entry = excluded.entry
            """
        ).execute(
            .uint(delegation.number), .uint(delegation.principal.value), .time(delegation.from), .time(delegation.until),
            .uint(delegation.maxSensitivity), .uint(delegation.maxRowsPerDay), .uint(delegation.maxValuePence),
            .bool(delegation.thirdParties), .byte(delegation.status.rawValue), .entry(delegation.entry))
        touch()
    }

    func nextDelegationNumber() throws(StorageFault) -> UInt32 {
        let highest = try statement("SELECT max(number) FROM delegation").first { row throws(StorageFault) in
            try row.uint32(0, "delegation.number")
        }
        return try following(highest ?? 0, "delegation number")
    }

    func following(_ highest: UInt32, _ field: StaticString) throws(StorageFault) -> UInt32 {
        guard highest < UInt32.max else { throw .limit("every \(field) is taken") }
        return highest + 1
    }
}

// Rows to values.
extension SQLiteSession {
    private func organisation(_ row: SQLRow) throws(StorageFault) -> RegisteredOrganisation {
        RegisteredOrganisation(
            number: OrganisationNumber(try row.uint32(0, "organisation.number")),
            id: try row.value(OrganisationID(row.text(1)), "organisation.id"), name: row.text(2),
            status: try row.value(RegistryStatus(rawValue: try row.byte(3, "organisation.status")), "organisation.status"),
            isOperator: row.bool(4), entry: try row.entry(5, "organisation.entry"))
    }

    private func principal(_ row: SQLRow) throws(StorageFault) -> RegisteredPrincipal {
        RegisteredPrincipal(
            number: PrincipalNumber(try row.uint32(0, "principal.number")),
            id: try row.value(ClientID(row.text(1)), "principal.id"), name: row.text(2),
            kind: try row.value(PrincipalKind(rawValue: try row.byte(3, "principal.kind")), "principal.kind"),
            organisation: OrganisationNumber(try row.uint32(4, "principal.organisation")),
            roles: row.text(5).split(separator: ",").map(String.init),
            status: try row.value(RegistryStatus(rawValue: try row.byte(6, "principal.status")), "principal.status"),
            entry: try row.entry(7, "principal.entry"))
    }

    private func certificate(_ row: SQLRow) throws(StorageFault) -> RegisteredCertificate {
        RegisteredCertificate(
            thumbprint: Thumbprint(try row.digest(0, "certificate.thumbprint")),
            principal: PrincipalNumber(try row.uint32(1, "certificate.principal")), der: row.blob(2), publicKey: row.blob(3),
            notBefore: row.time(4), notAfter: row.time(5),
            status: try row.value(RegistryStatus(rawValue: try row.byte(6, "certificate.status")), "certificate.status"),
            entry: try row.entry(7, "certificate.entry"))
    }

    private func delegation(_ row: SQLRow) throws(StorageFault) -> RegisteredDelegation {
        RegisteredDelegation(
            number: try row.uint32(0, "delegation.number"), principal: PrincipalNumber(try row.uint32(1, "delegation.principal")),
            from: row.time(2), until: row.time(3), maxSensitivity: try row.uint32(4, "delegation.sensitivity"),
            maxRowsPerDay: try row.uint64(5, "delegation.rows_per_day"), maxValuePence: try row.uint64(6, "delegation.value_pence"),
            thirdParties: row.bool(7),
            status: try row.value(RegistryStatus(rawValue: try row.byte(8, "delegation.status")), "delegation.status"),
            entry: try row.entry(9, "delegation.entry"))
    }
}
