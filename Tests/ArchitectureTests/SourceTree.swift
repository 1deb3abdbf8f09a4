import Foundation

/// The repository that this file is in.
enum SourceTree {
    static let root = URL(fileURLWithPath: #filePath).resolvingSymlinksInPath().deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

    /// Every Swift file under `Sources`, but for the generated ones.
    static let sources: [SwiftSource] = {
        let folder = root.appendingPathComponent("Sources")
        guard let walk = FileManager.default.enumerator(atPath: folder.path) else { return [] }
        let names = walk.compactMap { $0 as? String }.filter { $0.hasSuffix(".swift") && !$0.hasPrefix("BrokerProtocol/Generated/") }
        return names.sorted().map { name in
            let text = String(decoding: (try? Data(contentsOf: folder.appendingPathComponent(name))) ?? Data(), as: UTF8.self)
            return SwiftSource(path: "Sources/" + name, module: String(name.prefix { $0 != "/" }), text: text)
        }
    }()

    static let manifest: String = {
        let data = (try? Data(contentsOf: root.appendingPathComponent("Package.swift"))) ?? Data()
        return String(decoding: data, as: UTF8.self)
    }()

    static let moduleFolders: [String] = {
        let names = (try? FileManager.default.contentsOfDirectory(atPath: root.appendingPathComponent("Sources").path)) ?? []
        return names.filter { !$0.hasPrefix(".") }.sorted()
    }()

    /// What a commit would hold: tracked files, and files that are neither tracked nor ignored.
    static func committableFiles() throws -> [String] {
        let git = Process()
        git.executableURL = URL(fileURLWithPath: "/usr/bin/env")
        git.arguments = ["git", "-C", root.path, "ls-files", "-z", "--cached", "--others", "--exclude-standard"]
        let output = Pipe()
        git.standardOutput = output
        git.standardError = Pipe()
        try git.run()
        let data = output.fileHandleForReading.readDataToEndOfFile()
        git.waitUntilExit()
        return data.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
    }
}
