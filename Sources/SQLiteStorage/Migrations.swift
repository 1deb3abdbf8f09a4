import GRDB
import Storage

/// The database's shape, in numbered steps that never change once released.
enum Migrations {
    /// How many steps this program knows; the database says the same in `user_version`.
    static let newest = 2

    static func run(on queue: DatabaseQueue) throws(StorageFault) {
        try withStorageFaults {
            var migrator = DatabaseMigrator()
            migrator.registerMigration("1") { connection in
                for part in [registry, catalogueAndAgreements, tokens, exchanges, log] { try connection.execute(sql: part) }
                try connection.execute(sql: "PRAGMA user_version = 1")
            }
            migrator.registerMigration("2") { connection in
                try connection.execute(sql: secretChecks)
                try connection.execute(sql: "PRAGMA user_version = 2")
            }
            try migrator.migrate(queue)
        }
    }

    /// `.schema` unless the database has exactly the shape that this program knows.
    static func verify(_ connection: Database) throws {
        let found = try Int.fetchOne(connection, sql: "PRAGMA user_version") ?? 0
        guard found == newest else { throw StorageFault.schema(found: found, supported: newest) }
    }

    private static let registry = """
        CREATE TABLE organisation(
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, status INTEGER NOT NULL, operator INTEGER NOT NULL,
            entry INTEGER NOT NULL) STRICT;
        CREATE TABLE principal(
            number INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, name TEXT NOT NULL, kind INTEGER NOT NULL,
            organisation INTEGER NOT NULL REFERENCES organisation(number), roles TEXT NOT NULL, status INTEGER NOT NULL,
            entry INTEGER NOT NULL) STRICT;
        CREATE INDEX principal_organisation ON principal(organisation);
        CREATE TABLE certificate(
            thumbprint BLOB PRIMARY KEY NOT NULL, principal INTEGER NOT NULL REFERENCES principal(number), der BLOB NOT NULL,
            public_key BLOB NOT NULL, not_before INTEGER NOT NULL, not_after INTEGER NOT NULL, status INTEGER NOT NULL,
            entry INTEGER NOT NULL) STRICT;
        CREATE INDEX certificate_principal ON certificate(principal);
        CREATE TABLE delegation(
            number INTEGER PRIMARY KEY, principal INTEGER NOT NULL REFERENCES principal(number), starts INTEGER NOT NULL,
            ends INTEGER NOT NULL, sensitivity INTEGER NOT NULL, rows_per_day INTEGER NOT NULL, value_pence INTEGER NOT NULL,
            third_parties INTEGER NOT NULL, status INTEGER NOT NULL, entry INTEGER NOT NULL) STRICT;
        CREATE INDEX delegation_principal ON delegation(principal);
        """

    private static let catalogueAndAgreements = """
        CREATE TABLE dataset(
            id TEXT PRIMARY KEY NOT NULL, number INTEGER NOT NULL UNIQUE, owner INTEGER NOT NULL REFERENCES organisation(number),
            title TEXT NOT NULL, summary TEXT NOT NULL, schema BLOB NOT NULL, schema_digest BLOB NOT NULL, key_field TEXT NOT NULL,
            filter_fields TEXT NOT NULL, revision INTEGER NOT NULL, rows INTEGER NOT NULL, imported_at INTEGER NOT NULL,
            synthetic INTEGER NOT NULL, source_file TEXT NOT NULL, entry INTEGER NOT NULL) STRICT;
        CREATE TABLE agreement(
            id TEXT NOT NULL, version INTEGER NOT NULL, state BLOB NOT NULL, state_code TEXT NOT NULL, terms BLOB NOT NULL,
            terms_digest BLOB NOT NULL, annex BLOB NOT NULL, annex_salt BLOB NOT NULL, title TEXT NOT NULL, created_at INTEGER NOT NULL,
            force_entry INTEGER, latest_entry INTEGER NOT NULL, PRIMARY KEY(id, version)) STRICT;
        CREATE TABLE agreement_party(
            id TEXT NOT NULL, version INTEGER NOT NULL, organisation INTEGER NOT NULL REFERENCES organisation(number),
            PRIMARY KEY(id, version, organisation), FOREIGN KEY(id, version) REFERENCES agreement(id, version)) STRICT, WITHOUT ROWID;
        CREATE INDEX agreement_party_organisation ON agreement_party(organisation);
        CREATE TABLE remark(entry INTEGER NOT NULL, salt BLOB NOT NULL, text TEXT NOT NULL) STRICT;
        CREATE INDEX remark_entry ON remark(entry);
        """

    private static let tokens = """
        CREATE TABLE epoch(scope INTEGER NOT NULL, key TEXT NOT NULL, value INTEGER NOT NULL, PRIMARY KEY(scope, key)) STRICT, WITHOUT ROWID;
        CREATE TABLE token(
            digest BLOB PRIMARY KEY NOT NULL, client INTEGER NOT NULL, agreement TEXT NOT NULL, expiry INTEGER NOT NULL,
            entry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX token_expiry ON token(expiry);
        CREATE TABLE denied_token(digest BLOB PRIMARY KEY NOT NULL, expiry INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX denied_token_expiry ON denied_token(expiry);
        CREATE TABLE signing_key(
            id TEXT PRIMARY KEY NOT NULL, purpose INTEGER NOT NULL, phase INTEGER NOT NULL, public_key BLOB NOT NULL,
            changed_at INTEGER NOT NULL, entry INTEGER NOT NULL) STRICT;
        """

    private static let exchanges = """
        CREATE TABLE day_meter(
            agreement TEXT NOT NULL, client INTEGER NOT NULL, day INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
            calls INTEGER NOT NULL, PRIMARY KEY(agreement, client, day)) STRICT, WITHOUT ROWID;
        CREATE TABLE token_meter(
            digest BLOB PRIMARY KEY NOT NULL, expiry INTEGER NOT NULL, rows INTEGER NOT NULL, bytes INTEGER NOT NULL,
            calls INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        CREATE INDEX token_meter_expiry ON token_meter(expiry);
        CREATE TABLE request(
            client INTEGER NOT NULL, id BLOB NOT NULL, digest BLOB NOT NULL, entry INTEGER NOT NULL, ends INTEGER NOT NULL,
            PRIMARY KEY(client, id)) STRICT, WITHOUT ROWID;
        CREATE INDEX request_ends ON request(ends);
        CREATE TABLE opening(entry INTEGER PRIMARY KEY, wrapped BLOB NOT NULL, ends INTEGER NOT NULL) STRICT;
        CREATE INDEX opening_ends ON opening(ends);
        CREATE TABLE exchange(id BLOB NOT NULL, part INTEGER NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY(id, part)) STRICT, WITHOUT ROWID;
        CREATE TABLE subject(finder BLOB PRIMARY KEY NOT NULL, wrapped BLOB NOT NULL, counter INTEGER NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let secretChecks = """
        CREATE TABLE secret_check(name TEXT PRIMARY KEY NOT NULL, digest BLOB NOT NULL) STRICT, WITHOUT ROWID;
        """

    private static let log = """
        CREATE TABLE log(
            id INTEGER PRIMARY KEY CHECK(id = 0), origin TEXT NOT NULL, size INTEGER NOT NULL, root BLOB NOT NULL,
            sequenced INTEGER NOT NULL, note_size INTEGER, note BLOB) STRICT;
        CREATE TABLE entry(idx INTEGER PRIMARY KEY, body BLOB NOT NULL) STRICT;
        CREATE TABLE tile(place INTEGER PRIMARY KEY, hashes BLOB NOT NULL) STRICT;
        CREATE TABLE topic(kind INTEGER NOT NULL, key TEXT NOT NULL, entry INTEGER NOT NULL, PRIMARY KEY(kind, key, entry))
            STRICT, WITHOUT ROWID;
        """
}
