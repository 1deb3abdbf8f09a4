import Broker
import BrokerProtocol

/// A terms document read from a YAML file for a call; the broker turns it into terms and says what is wrong with it.
enum TermsFile {
    static func read(_ path: String) throws -> Concordat_V1_DocumentNode {
        let text = String(decoding: try contents(of: path, limit: 1 << 20), as: UTF8.self)
        do {
            return try YAMLDocument.parse(text, file: path)
        } catch {
            throw CommandFault.usage("\(error)")
        }
    }
}
