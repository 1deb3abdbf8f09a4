import BrokerProtocol
import Foundation

/// A folder of receipts: `INDEX.entry` holds an entry's canonical bytes, `INDEX.tlog-proof` its proof.
struct ReceiptFiles {
    let directory: String

    func keep(_ receipt: Concordat_V1_Receipt) throws {
        let stem = directory + "/\(receipt.index)"
        do {
            try FileManager.default.createDirectory(atPath: directory, withIntermediateDirectories: true)
            try receipt.entry.write(to: URL(fileURLWithPath: stem + ".entry"), options: .atomic)
            try Foundation.Data(receipt.proof.utf8).write(to: URL(fileURLWithPath: stem + ".tlog-proof"), options: .atomic)
        } catch {
            throw CommandFault.usage("\(directory) cannot take the receipt: \(error.localizedDescription)")
        }
    }
}
