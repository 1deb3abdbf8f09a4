import Broker
import BrokerProtocol

/// A terms document read from a YAML file for a call; the broker turns it into terms and says what is wrong with it.
enum TermsFile {
    static func read(_ path: String) throws -> Concordat_V1_DocumentNode {
        let bytes = try contents(of: path, limit: 1 << 20)
        do {
            return try YAMLDocument.parse(bytes, file: path)
        } catch {
            throw CommandFault.usage("\(error)")
        }
    }
}
