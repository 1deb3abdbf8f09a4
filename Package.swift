// swift-tools-version: 6.2
import PackageDescription

// Versions are exact because Package.resolved is not kept.
let nio = Package.Dependency.package(url: "https://github.com/apple/swift-nio", exact: "2.101.2")
let protobuf = Package.Dependency.package(url: "https://github.com/apple/swift-protobuf", exact: "1.39.0")
let grdb = Package.Dependency.package(url: "https://github.com/groue/GRDB.swift", exact: "7.10.0")
let arguments = Package.Dependency.package(url: "https://github.com/apple/swift-argument-parser", exact: "1.8.2")
let log = Package.Dependency.package(url: "https://github.com/apple/swift-log", exact: "1.16.2")
let lifecycle = Package.Dependency.package(url: "https://github.com/swift-server/swift-service-lifecycle", exact: "2.13.0")
let yams = Package.Dependency.package(url: "https://github.com/jpsim/Yams", exact: "6.2.2")

let nioCore = Target.Dependency.product(name: "NIOCore", package: "swift-nio")
let nioPosix = Target.Dependency.product(name: "NIOPosix", package: "swift-nio")
let nioHTTP1 = Target.Dependency.product(name: "NIOHTTP1", package: "swift-nio")
let nioEmbedded = Target.Dependency.product(name: "NIOEmbedded", package: "swift-nio")
let swiftProtobuf = Target.Dependency.product(name: "SwiftProtobuf", package: "swift-protobuf")
let grdbProduct = Target.Dependency.product(name: "GRDB", package: "GRDB.swift")
let sqliteProduct = Target.Dependency.product(name: "GRDBSQLite", package: "GRDB.swift")
let argumentParser = Target.Dependency.product(name: "ArgumentParser", package: "swift-argument-parser")
let logging = Target.Dependency.product(name: "Logging", package: "swift-log")
let serviceLifecycle = Target.Dependency.product(name: "ServiceLifecycle", package: "swift-service-lifecycle")
let unixSignals = Target.Dependency.product(name: "UnixSignals", package: "swift-service-lifecycle")
let yamsProduct = Target.Dependency.product(name: "Yams", package: "Yams")

/// Ours: Swift 6 mode, every warning an error, every unsafe expression marked.
let strict: [SwiftSetting] = [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error), .strictMemorySafety()]
/// Written by protoc-gen-swift, edited by nobody.
let generated: [SwiftSetting] = [.swiftLanguageMode(.v6)]

/// The servers' allocator: see Protocols/Decisions/2026-11-26-jemalloc.md.
let allocator: [LinkerSetting] = [.linkedLibrary("jemalloc")]

func module(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .target(name: name, dependencies: dependencies, swiftSettings: strict)
}

func tests(_ name: String, _ dependencies: [Target.Dependency]) -> Target {
    .testTarget(name: name, dependencies: dependencies, swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)])
}

let package = Package(
    name: "concordat",
    products: [
        .executable(name: "concordat", targets: ["concordat"]),
        .executable(name: "concordat-audit", targets: ["concordat-audit"]),
    ],
    dependencies: [nio, protobuf, grdb, arguments, log, lifecycle, yams],
    targets: [
        // In the order of the module table: a target imports only from the lines above it.
        .systemLibrary(name: "COpenSSL", pkgConfig: "openssl", providers: [.apt(["libssl-dev"])]),
        .systemLibrary(name: "CNghttp2", pkgConfig: "libnghttp2", providers: [.apt(["libnghttp2-dev"])]),
        .systemLibrary(name: "CZlib", pkgConfig: "zlib", providers: [.apt(["zlib1g-dev"])]),
        .systemLibrary(name: "CJemalloc", pkgConfig: "jemalloc", providers: [.apt(["libjemalloc-dev"])]),
        module("Cryptography", ["COpenSSL"]),
        module("Vocabulary", []),
        module("ProtobufWire", ["Cryptography"]),
        module("TLS", ["COpenSSL", "Cryptography", nioCore]),
        module("HTTP2", ["CNghttp2", nioCore]),
        module("HTTP1", [nioCore, nioPosix, nioHTTP1]),
        module("RPC", ["Cryptography", "TLS", "HTTP2", nioCore, nioPosix, swiftProtobuf]),
        module("TransparencyLog", ["Cryptography"]),
        module("Agreements", ["Cryptography", "Vocabulary", "ProtobufWire"]),
        module("Redaction", ["Cryptography", "Vocabulary", "ProtobufWire"]),
        module("Tokens", ["Cryptography", "Vocabulary"]),
        module("Authorization", ["Cryptography", "Vocabulary", "Agreements", "Redaction", "Tokens"]),
        module("AuditTrail", ["Cryptography", "Vocabulary", "ProtobufWire", "TransparencyLog", "Agreements", "Redaction", "Tokens"]),
        .target(name: "BrokerProtocol", dependencies: [swiftProtobuf], swiftSettings: generated),
        module("Storage", ["Cryptography", "Vocabulary", "Agreements", "Redaction", "Tokens", "AuditTrail"]),
        module("SQLiteStorage", ["Storage", "Cryptography", "Vocabulary", "Agreements", "AuditTrail", grdbProduct, sqliteProduct]),
        module("Ledger", ["Cryptography", "Vocabulary", "Redaction", "TransparencyLog", "AuditTrail", "Storage"]),
        module("DataSources", ["CZlib", "Cryptography", "Vocabulary", "ProtobufWire", "Redaction", grdbProduct, sqliteProduct]),
        module(
            "Broker",
            [
                "Cryptography", "Vocabulary", "ProtobufWire", "TLS", "HTTP2", "HTTP1", "RPC", "TransparencyLog", "Agreements",
                "Redaction", "Tokens", "Authorization", "AuditTrail", "BrokerProtocol", "Storage", "SQLiteStorage",
                "Ledger", "DataSources", nioCore, nioPosix, logging, serviceLifecycle, unixSignals, yamsProduct, swiftProtobuf,
            ]),
        .executableTarget(
            name: "concordat",
            dependencies: [
                "CJemalloc", "Cryptography", "Vocabulary", "ProtobufWire", "TLS", "RPC", "Agreements", "Redaction", "Tokens", "BrokerProtocol",
                "Storage", "SQLiteStorage", "Ledger", "DataSources", "Broker", swiftProtobuf, argumentParser, yamsProduct,
            ],
            swiftSettings: strict, linkerSettings: allocator),
        .executableTarget(
            name: "concordat-audit",
            dependencies: [
                "Cryptography", "Vocabulary", "ProtobufWire", "TLS", "HTTP2", "RPC", "TransparencyLog", "Agreements",
                "Redaction", "AuditTrail", argumentParser,
            ],
            swiftSettings: strict),

        // Not a product: what Tests/Benchmarks measures the transport with.
        .executableTarget(
            name: "echo-server", dependencies: ["RPC", "TLS", nioPosix], path: "Tests/Benchmarks/EchoServer", swiftSettings: strict,
            linkerSettings: allocator),

        // Not a product: what Tests/Conformance/grpc-interop lets Google's client call.
        .executableTarget(
            name: "interop-server", dependencies: ["RPC", "TLS", nioPosix, swiftProtobuf], path: "Tests/Conformance/grpc-interop/InteropServer",
            exclude: ["testing.proto"], swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)], linkerSettings: allocator),

        .executableTarget(
            name: "ledger-benchmark",
            dependencies: [
                "Ledger", "SQLiteStorage", "Storage", "Cryptography", "Vocabulary", "Redaction", "TransparencyLog", "AuditTrail",
            ],
            path: "Tests/Benchmarks/LedgerBenchmark", swiftSettings: strict),

        .executableTarget(
            name: "incident-benchmark",
            dependencies: ["Ledger", "SQLiteStorage", "Storage", "Cryptography", "Vocabulary", "Redaction", "TransparencyLog", "AuditTrail"],
            path: "Tests/Benchmarks/IncidentBenchmark", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)],
            linkerSettings: allocator),

        tests("CryptographyTests", ["Cryptography"]),
        tests("VocabularyTests", ["Vocabulary"]),
        tests("ProtobufWireTests", ["ProtobufWire", "Cryptography"]),
        .target(name: "TransportFixtures", path: "Tests/TransportFixtures", swiftSettings: [.swiftLanguageMode(.v6)]),
        tests("TLSTests", ["TLS", "COpenSSL", "Cryptography", "TransportFixtures", nioCore, nioPosix, nioEmbedded]),
        tests("HTTP2Tests", ["HTTP2", nioCore, nioEmbedded]),
        tests("RPCTests", ["RPC", "TLS", "HTTP2", "TransportFixtures", nioCore, nioPosix, nioEmbedded, swiftProtobuf]),
        tests("TransparencyLogTests", ["TransparencyLog", "Cryptography"]),
        tests("AgreementsTests", ["Agreements"]),
        tests("RedactionTests", ["Redaction", "ProtobufWire", "Cryptography", "Vocabulary"]),
        tests("TokensTests", ["Tokens", "Cryptography", "Vocabulary"]),
        tests("AuthorizationTests", ["Authorization", "Tokens", "Agreements", "Redaction", "Cryptography", "Vocabulary", "ProtobufWire"]),
        tests("AuditTrailTests", ["AuditTrail", "TransparencyLog", "Cryptography", "Vocabulary", "ProtobufWire", "Agreements", "Redaction"]),
        tests(
            "AuditProgramTests",
            ["concordat-audit", "AuditTrail", "TransparencyLog", "Cryptography", "Vocabulary"]),
        tests("StorageTests", ["Storage", "SQLiteStorage", "Cryptography", "Vocabulary", grdbProduct]),
        tests(
            "LedgerTests",
            ["Ledger", "SQLiteStorage", "Storage", "Cryptography", "Vocabulary", "Redaction", "TransparencyLog", "AuditTrail", grdbProduct]),
        .executableTarget(
            name: "ledger-writer-fixture",
            dependencies: ["Ledger", "SQLiteStorage", "Storage", "Cryptography", "Vocabulary", "TransparencyLog", "AuditTrail"],
            path: "Tests/Faults/ledger-writer-fixture", swiftSettings: strict),
        .testTarget(
            name: "FaultsTests",
            dependencies: [
                "ledger-writer-fixture", "Ledger", "SQLiteStorage", "Storage", "Cryptography", "Vocabulary", "TransparencyLog", "AuditTrail",
            ],
            path: "Tests/Faults/FaultsTests", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
        tests("DataSourcesTests", ["DataSources", "Cryptography", "Vocabulary", "ProtobufWire", "Redaction"]),
        // Not products: the edge in a process of its own, and what it and BrokerTests say to each other.
        .target(
            name: "EdgeChannel", dependencies: ["Cryptography", "Vocabulary", "ProtobufWire", "Redaction", "DataSources"],
            path: "Tests/EdgeProcess/EdgeChannel", swiftSettings: [.swiftLanguageMode(.v6), .treatAllWarnings(as: .error)]),
        .executableTarget(
            name: "edge-process", dependencies: ["EdgeChannel", "Cryptography", "Redaction", "DataSources"], path: "Tests/EdgeProcess/edge-process",
            swiftSettings: strict),
        tests(
            "BrokerTests",
            [
                "edge-process", "EdgeChannel", "DataSources", "ProtobufWire", "TransparencyLog",
                "Broker", "BrokerProtocol", "Cryptography", "Vocabulary", "Agreements", "Redaction", "Storage", "SQLiteStorage", "Ledger", "HTTP1", "RPC", "TLS", "AuditTrail",
                swiftProtobuf, grdbProduct,
            ]),
        tests("ArchitectureTests", []),
    ]
)
