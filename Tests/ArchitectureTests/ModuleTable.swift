/// The module table of the design. A module imports from the lines above it, and of the rest only what its line grants.
struct ModuleTable {
    struct Row {
        let name: String
        /// Modules that are not ours and that it may import.
        let grants: Set<String>
        var isDomain = false
        /// Whether it wraps a C library, a channel or a file, and so may say `unsafe`.
        var mayBeUnsafe = false
    }

    let rows: [Row]

    static let design = ModuleTable(rows: [
        Row(name: "COpenSSL", grants: []),
        Row(name: "CNghttp2", grants: []),
        Row(name: "CZlib", grants: []),
        Row(name: "CJemalloc", grants: []),
        Row(name: "CPostgres", grants: []),
        Row(name: "Cryptography", grants: system.union(["COpenSSL"]), mayBeUnsafe: true),
        Row(name: "Vocabulary", grants: [], isDomain: true),
        Row(name: "ProtobufWire", grants: [], isDomain: true),
        Row(name: "TLS", grants: nio.union(system).union(["COpenSSL"]), mayBeUnsafe: true),
        Row(name: "HTTP2", grants: nio.union(system).union(["CNghttp2"]), mayBeUnsafe: true),
        Row(name: "HTTP1", grants: nio.union(system).union(["NIOHTTP1"]), mayBeUnsafe: true),
        Row(name: "RPC", grants: nio.union(system).union(["SwiftProtobuf"]), mayBeUnsafe: true),
        Row(name: "TransparencyLog", grants: [], isDomain: true),
        Row(name: "Agreements", grants: [], isDomain: true),
        Row(name: "Redaction", grants: [], isDomain: true),
        Row(name: "Tokens", grants: [], isDomain: true),
        Row(name: "Authorization", grants: [], isDomain: true),
        Row(name: "AuditTrail", grants: [], isDomain: true),
        Row(name: "BrokerProtocol", grants: ["SwiftProtobuf", "Foundation"]),
        Row(name: "Storage", grants: system),
        Row(name: "SQLiteStorage", grants: system.union(["GRDB", "GRDBSQLite"]), mayBeUnsafe: true),
        Row(name: "PostgresStorage", grants: system.union(["CPostgres"]), mayBeUnsafe: true),
        Row(name: "Ledger", grants: system),
        Row(name: "DataSources", grants: system.union(["GRDB", "GRDBSQLite", "CZlib"]), mayBeUnsafe: true),
        Row(name: "Broker", grants: nio.union(system).union(["SwiftProtobuf", "Yams", "Logging", "Metrics", "ServiceLifecycle", "UnixSignals"])),
        Row(name: "Console", grants: system.union(["Mustache"])),
        Row(
            name: "concordat",
            grants: nio.union(system).union(["CJemalloc", "SwiftProtobuf", "Yams", "Logging", "ArgumentParser", "ServiceLifecycle"])),
        Row(name: "concordat-audit", grants: nio.union(system).union(["ArgumentParser"])),
    ])

    /// What the toolchain brings.
    private static let system: Set<String> = ["Foundation", "FoundationEssentials", "Glibc", "Dispatch", "Synchronization"]
    private static let nio: Set<String> = ["NIOCore", "NIOPosix", "NIOConcurrencyHelpers"]

    /// Domain files that may import Foundation, since nothing else parses or prints the thing. None so far.
    static let domainFilesWithFoundation: Set<String> = []

    /// Files outside the wrapping modules that may say `unsafe`, because each is itself a wrapper of the system's calls.
    static let unsafeFiles: Set<String> = ["Sources/Storage/OpenFile.swift"]

    /// What the auditor's program must not have in it: it checks the broker's work without the broker's code.
    static let closedToTheAuditor: Set<String> = [
        "BrokerProtocol", "Storage", "SQLiteStorage", "PostgresStorage", "Ledger", "DataSources", "Broker", "Console", "concordat",
    ]

    func row(_ name: String) -> Row? { rows.first { $0.name == name } }
    func position(_ name: String) -> Int? { rows.firstIndex { $0.name == name } }

    /// Whether `module` may import `imported`.
    func allows(_ module: String, importing imported: String) -> Bool {
        guard let row = row(module), let own = position(module) else { return false }
        if row.grants.contains(imported) { return true }
        guard let other = position(imported) else { return false }
        if imported.hasPrefix("C"), imported.dropFirst().first?.isUppercase == true, imported != "Cryptography" { return false }
        if module == "concordat-audit", Self.closedToTheAuditor.contains(imported) { return false }
        return other < own
    }
}
