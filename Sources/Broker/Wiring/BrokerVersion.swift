/// The program's version, as HEARTBEAT entries and status answers say it.
package enum BrokerVersion {
    package static let text = "concordat/0.1.0"
}
