import BrokerProtocol
import Foundation

/// A folder of receipts: `INDEX.entry` holds an entry's canonical bytes, `INDEX.tlog-proof` its proof.
struct ReceiptFiles {
    let directory: String

    /// Makes the folder where it is missing, and tries that a file can be written there.
    func prepare() throws {
        let probe = directory + "/.concordat-\(ProcessInfo.processInfo.processIdentifier)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try Foundation.Data().write(to: URL(fileURLWithPath: probe))
            try FileManager.default.removeItem(atPath: probe)
        } catch {
            throw CommandFault.usage("\(directory) cannot take receipts: it is not a folder that you may write to; nothing was asked")
        }
    }

    func keep(_ receipt: Concordat_V1_Receipt) throws {
        let stem = directory + "/\(receipt.index)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try receipt.entry.write(to: URL(fileURLWithPath: stem + ".entry"), options: .atomic)
            try Foundation.Data(receipt.proof.utf8).write(to: URL(fileURLWithPath: stem + ".tlog-proof"), options: .atomic)
        } catch {
            throw CommandFault.usage("\(directory) cannot take receipt \(receipt.index): \(error.localizedDescription); get it with `concordat ledger receipt \(receipt.index) --out FOLDER`")
        }
    }
}
