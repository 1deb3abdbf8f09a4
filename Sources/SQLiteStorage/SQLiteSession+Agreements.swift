import Cryptography
import Storage
import Vocabulary

// The catalogue and the agreements.
extension SQLiteSession {
    func dataset(_ id: DatasetID) throws(StorageFault) -> CatalogueDataset? {
        try statement(
            """
            SELECT id, number, owner, title, summary, schema, schema_digest, key_field, filter_fields, revision, rows, imported_at,
                synthetic, source_file, entry FROM dataset WHERE id = ?
            """
        ).first(.text(id.text), read: dataset)
    }

    func datasets() throws(StorageFault) -> [CatalogueDataset] {
        try statement(
            """
            SELECT id, number, owner, title, summary, schema, schema_digest, key_field, filter_fields, revision, rows, imported_at,
                synthetic, source_file, entry FROM dataset ORDER BY id
            """
        ).all(limit: limits.maxListRows, read: dataset)
    }

    func put(_ dataset: CatalogueDataset) throws(StorageFault) {
        try check(blob: dataset.schema, "schema")
        try check(text: dataset.title, "title")
        try check(text: dataset.summary, "summary")
        try check(number: dataset.revision, "revision")
        try check(number: dataset.rows, "rows")
        try statement(
            """
            INSERT INTO dataset(id, number, owner, title, summary, schema, schema_digest, key_field, filter_fields, revision, rows,
                imported_at, synthetic, source_file, entry) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(id) DO UPDATE SET number = excluded.number, owner = excluded.owner, title = excluded.title,
                summary = excluded.summary, schema = excluded.schema, schema_digest = excluded.schema_digest,
                key_field = excluded.key_field, filter_fields = excluded.filter_fields, revision = excluded.revision,
                rows = excluded.rows, imported_at = excluded.imported_at, synthetic = excluded.synthetic,
                source_file = excluded.source_file, entry = excluded.entry
            """
        ).execute(
            .text(dataset.id.text), .uint(dataset.number), .uint(dataset.owner.value), .text(dataset.title), .text(dataset.summary),
            .blob(dataset.schema), .digest(dataset.schemaDigest), .text(dataset.keyField),
            .text(dataset.filterFields.joined(separator: ",")), .uint(dataset.revision), .uint(dataset.rows), .time(dataset.importedAt),
            .bool(dataset.isSynthetic), .text(dataset.sourceFile), .entry(dataset.entry))
        touch()
    }

    func nextDatasetNumber() throws(StorageFault) -> UInt32 {
        let highest = try statement("SELECT max(number) FROM dataset").first { row throws(StorageFault) in
            try row.uint32(0, "dataset.number")
        }
        return try following(highest ?? 0, "dataset number")
    }

    func agreement(_ id: AgreementID) throws(StorageFault) -> StoredAgreement? {
        let found = try statement(
            """
            SELECT id, version, state, state_code, terms, terms_digest, annex, annex_salt, title, created_at, force_entry, latest_entry
            FROM agreement WHERE id = ? ORDER BY version DESC LIMIT 1
            """
        ).first(.text(id.text), read: agreement)
        return try withParties(found)
    }

    func agreement(_ id: AgreementID, version: AgreementVersion) throws(StorageFault) -> StoredAgreement? {
        let found = try statement(
            """
            SELECT id, version, state, state_code, terms, terms_digest, annex, annex_salt, title, created_at, force_entry, latest_entry
            FROM agreement WHERE id = ? AND version = ?
            """
        ).first(.text(id.text), .uint(version.value), read: agreement)
        return try withParties(found)
    }

    func agreements(of party: OrganisationNumber?, after earlier: AgreementID?, atMost count: Int) throws(StorageFault) -> AgreementPage {
        precondition(count > 0, "a page holds something")
        let found = try statement(
            """
            SELECT id, max(version), state, state_code, terms, terms_digest, annex, annex_salt, title, created_at, force_entry,
                latest_entry
            FROM agreement WHERE id > ?1 AND (?2 IS NULL OR id IN (SELECT id FROM agreement_party WHERE organisation = ?2))
            GROUP BY id ORDER BY id LIMIT ?3
            """
        ).all(.text(earlier?.text ?? ""), party.map { .uint($0.value) } ?? .null, .int(Int64(count)), read: agreement)
        var page = AgreementPage(agreements: [], last: found.count == count ? found.last?.id : nil)
        page.agreements.reserveCapacity(found.count)
        for agreement in found {
            if let agreement = try withParties(agreement), party.map(agreement.parties.contains) ?? true { page.agreements.append(agreement) }
        }
        return page
    }

    func put(_ agreement: StoredAgreement) throws(StorageFault) {
        try check(blob: agreement.state, "state")
        try check(blob: agreement.terms, "terms")
        try check(blob: agreement.annex, "annex")
        try check(text: agreement.title, "title")
        try statement(
            """
            INSERT INTO agreement(id, version, state, state_code, terms, terms_digest, annex, annex_salt, title, created_at, force_entry,
                latest_entry) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
            ON CONFLICT(id, version) DO UPDATE SET state = excluded.state, state_code = excluded.state_code, terms = excluded.terms,
                terms_digest = excluded.terms_digest, annex = excluded.annex, annex_salt = excluded.annex_salt, title = excluded.title,
                created_at = excluded.created_at, force_entry = excluded.force_entry, latest_entry = excluded.latest_entry
            """
        ).execute(
            .text(agreement.id.text), .uint(agreement.version.value), .blob(agreement.state), .text(agreement.stateCode),
            .blob(agreement.terms), .digest(agreement.termsDigest), .blob(agreement.annex), .blob(agreement.annexSalt),
            .text(agreement.title), .time(agreement.createdAt), .entry(agreement.forceEntry), .entry(agreement.latestEntry))
        try statement("DELETE FROM agreement_party WHERE id = ? AND version = ?")
            .execute(.text(agreement.id.text), .uint(agreement.version.value))
        for party in Set(agreement.parties) {
            try statement("INSERT INTO agreement_party(id, version, organisation) VALUES(?, ?, ?)")
                .execute(.text(agreement.id.text), .uint(agreement.version.value), .uint(party.value))
        }
        touch()
    }

    func remarks(at entry: LedgerIndex) throws(StorageFault) -> [Remark] {
        try statement("SELECT salt, text FROM remark WHERE entry = ? ORDER BY rowid")
            .all(.sought(entry), limit: limits.maxListRows) { row in Remark(entry: entry, salt: row.blob(0), text: row.text(1)) }
    }

    func keep(_ remark: Remark) throws(StorageFault) {
        try check(text: remark.text, "remark")
        try statement("INSERT INTO remark(entry, salt, text) VALUES(?, ?, ?)")
            .execute(.entry(remark.entry), .blob(remark.salt), .text(remark.text))
    }

    func nextAgreementNumber(year: Int) throws(StorageFault) -> Int {
        // `ISA-YYYY-NNNN...`: the number starts at the tenth character.
        let highest = try statement("SELECT max(CAST(substr(id, 10) AS INTEGER)) FROM agreement WHERE substr(id, 5, 4) = ?")
            .first(.text(String(year))) { row in Int(row.int(0)) }
        return (highest ?? 0) + 1
    }

    private func withParties(_ agreement: StoredAgreement?) throws(StorageFault) -> StoredAgreement? {
        guard var agreement else { return nil }
        agreement.parties = try statement("SELECT organisation FROM agreement_party WHERE id = ? AND version = ? ORDER BY organisation")
            .all(.text(agreement.id.text), .uint(agreement.version.value)) { row throws(StorageFault) in
                OrganisationNumber(try row.uint32(0, "agreement_party.organisation"))
            }
        return agreement
    }

    private func dataset(_ row: SQLRow) throws(StorageFault) -> CatalogueDataset {
        CatalogueDataset(
            id: try row.value(DatasetID(row.text(0)), "dataset.id"), number: try row.uint32(1, "dataset.number"),
            owner: OrganisationNumber(try row.uint32(2, "dataset.owner")), title: row.text(3), summary: row.text(4), schema: row.blob(5),
            schemaDigest: try row.digest(6, "dataset.schema_digest"), keyField: row.text(7),
            filterFields: row.text(8).split(separator: ",").map(String.init), revision: try row.uint64(9, "dataset.revision"),
            rows: try row.uint64(10, "dataset.rows"), importedAt: row.time(11), isSynthetic: row.bool(12), sourceFile: row.text(13),
            entry: try row.entry(14, "dataset.entry"))
    }

    private func agreement(_ row: SQLRow) throws(StorageFault) -> StoredAgreement {
        StoredAgreement(
            id: try row.value(AgreementID(row.text(0)), "agreement.id"),
            version: try row.value(AgreementVersion(try row.uint32(1, "agreement.version")), "agreement.version"), state: row.blob(2),
            stateCode: row.text(3), terms: row.blob(4), termsDigest: try row.digest(5, "agreement.terms_digest"), annex: row.blob(6),
            annexSalt: row.blob(7), title: row.text(8), parties: [], createdAt: row.time(9),
            forceEntry: row.isNull(10) ? nil : try row.entry(10, "agreement.force_entry"),
            latestEntry: try row.entry(11, "agreement.latest_entry"))
    }
}
