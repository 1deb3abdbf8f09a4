import Cryptography
import Storage
import Vocabulary

extension SQLiteSession {
    func token(_ digest: Digest) throws(StorageFault) -> IssuedToken? {
        try statement("SELECT client, agreement, expiry, entry FROM token WHERE digest = ?")
            .first(.digest(digest)) { row throws(StorageFault) in
                IssuedToken(
                    digest: digest, client: PrincipalNumber(try row.uint32(0, "token.client")),
                    agreement: try row.value(AgreementID(row.text(1)), "token.agreement"), expiry: row.time(2),
                    entry: try row.entry(3, "token.entry"))
            }
    }

    func add(_ token: IssuedToken) throws(StorageFault) {
        try statement("INSERT INTO token(digest, client, agreement, expiry, entry) VALUES(?, ?, ?, ?, ?)")
            .execute(
                .digest(token.digest), .uint(token.client.value), .text(token.agreement.text), .time(token.expiry), .entry(token.entry))
    }

    func deniedTokens(at now: Timestamp) throws(StorageFault) -> [Digest: Timestamp] {
        let rows = try statement("SELECT digest, expiry FROM denied_token WHERE expiry > ?")
            .all(.time(now)) { row throws(StorageFault) in (try row.digest(0, "denied_token.digest"), row.time(1)) }
        return Dictionary(rows) { first, _ in first }
    }

    func isDenied(_ digest: Digest) throws(StorageFault) -> Bool {
        try statement("SELECT 1 FROM denied_token WHERE digest = ?").first(.digest(digest)) { _ in true } ?? false
    }

    func deny(_ digest: Digest, until expiry: Timestamp) throws(StorageFault) -> Bool {
        let added = try statement("INSERT INTO denied_token(digest, expiry) VALUES(?, ?) ON CONFLICT(digest) DO NOTHING")
            .execute(.digest(digest), .time(expiry))
        noteDenial(digest, expiry)
        return added == 1
    }

    func epochs() throws(StorageFault) -> EpochSnapshot {
        let rows = try statement("SELECT scope, key, value FROM epoch").all { row throws(StorageFault) in
            (try row.value(epochScope(row.int(0), row.text(1)), "epoch.key"), try row.uint64(2, "epoch.value"))
        }
        var snapshot = EpochSnapshot(denied: try deniedTokens(at: Timestamp(microseconds: .min)))
        for (scope, value) in rows { snapshot.set(scope, to: value) }
        return snapshot
    }

    func bump(_ scope: EpochScope) throws(StorageFault) -> UInt64 {
        let (number, key) = epochKey(scope)
        let value = try statement(
            """
            INSERT INTO epoch(scope, key, value) VALUES(?, ?, 1)
            ON CONFLICT(scope, key) DO UPDATE SET value = value + 1 RETURNING value
            """
        ).returning(.int(number), .text(key)) { row throws(StorageFault) in try row.uint64(0, "epoch.value") }
        guard let value else { throw .corrupt("table epoch") }
        noteBump(scope, value)
        return value
    }

    func signingKeys(_ use: SigningKeyRecord.Use) throws(StorageFault) -> [SigningKeyRecord] {
        try statement("SELECT id, phase, public_key, changed_at, entry FROM signing_key WHERE purpose = ? ORDER BY changed_at, id")
            .all(.byte(use.rawValue), limit: limits.maxListRows) { row throws(StorageFault) in
                SigningKeyRecord(
                    id: row.text(0), use: use,
                    phase: try row.value(SigningKeyRecord.Phase(rawValue: try row.byte(1, "signing_key.phase")), "signing_key.phase"),
                    publicKey: row.blob(2), changedAt: row.time(3), entry: try row.entry(4, "signing_key.entry"))
            }
    }

    func put(_ key: SigningKeyRecord) throws(StorageFault) {
        try check(text: key.id, "key id")
        try check(blob: key.publicKey, "public key")
        try statement(
            """
            INSERT INTO signing_key(id, purpose, phase, public_key, changed_at, entry) VALUES(?, ?, ?, ?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET purpose = excluded.purpose, phase = excluded.phase, public_key = excluded.public_key,
                changed_at = excluded.changed_at, entry = excluded.entry
            """
        ).execute(
            .text(key.id), .byte(key.use.rawValue), .byte(key.phase.rawValue), .blob(key.publicKey), .time(key.changedAt),
            .entry(key.entry))
        touch()
    }

    func check(of secret: HomeKeys.Secret) throws(StorageFault) -> Digest? {
        try statement("SELECT digest FROM secret_check WHERE name = ?")
            .first(.text(secret.rawValue)) { row throws(StorageFault) in try row.digest(0, "secret_check.digest") }
    }

    func add(_ check: SecretCheck) throws(StorageFault) {
        try statement("INSERT INTO secret_check(name, digest) VALUES(?, ?)").execute(.text(check.secret.rawValue), .digest(check.digest))
    }

    private func epochKey(_ scope: EpochScope) -> (Int64, String) {
        switch scope {
        case .broker: (0, "")
        case .organisation(let number): (1, String(number.value))
        case .client(let number): (2, String(number.value))
        case .agreement(let id): (3, id.text)
        }
    }

    private func epochScope(_ number: Int64, _ key: String) -> EpochScope? {
        switch number {
        case 0: .broker
        case 1: UInt32(key).map { .organisation(OrganisationNumber($0)) }
        case 2: UInt32(key).map { .client(PrincipalNumber($0)) }
        case 3: AgreementID(key).map { .agreement($0) }
        default: nil
        }
    }
}
