import Foundation
import Storage

/// A home in the temporary folder, removed with the value.
final class TemporaryHome: Sendable {
    let home: BrokerHome

    init() {
        home = BrokerHome(FileManager.default.temporaryDirectory.appendingPathComponent("concordat-\(UUID().uuidString)").path)
    }

    deinit {
        try? FileManager.default.removeItem(atPath: home.path)
    }
}
