import Ledger
import Storage

/// What `init` wrote into the ledger and the registry for good, against what configuration and key files say now. Statements that people
/// sign name the origin, and the registry knows one operator: a broker that took other ones would write entries that no auditor accepts.
/// With other `openings` no earlier answer could be repeated and people would get new tags; with another `transform-root`, new pseudonyms.
enum FrozenSettings {
    /// Nil where the home is still the one that was made; otherwise the fault that says which file to mend.
    static func fault(
        _ home: BrokerHome, _ configuration: BrokerConfiguration, _ keys: BrokerKeys, in reading: any StorageReading
    ) throws(StorageFault) -> BrokerFault? {
        guard let head = try reading.head(), head.size > 0 else {
            return .home(
                path: home.path, reason: "`concordat init` did not finish here: its ledger has no entry. Remove the folder and run `concordat init` again")
        }
        if let origin = try reading.origin(), origin != configuration.origin {
            return .configuration(
                file: home.configuration, key: "origin",
                reason: "is \(configuration.origin), and the ledger of this home is \(origin). A ledger keeps its name for ever: "
                    + "set origin back to \(origin), or make another home with `concordat init` for another ledger.")
        }
        if let registered = try reading.organisations().first(where: { $0.isOperator }), registered.id.text != configuration.operator {
            return .configuration(
                file: home.configuration, key: "operator",
                reason: "is \(configuration.operator), and the operator that this home was made for is \(registered.id). Set operator back to \(registered.id).")
        }
        let announced = try reading.signingKeys(.token)
        guard !announced.isEmpty else {
            return .key(
                path: HomeKeys(home).path(of: .token),
                reason: "cannot be compared: the store holds no token key, and the ledger, which announces one first of all, has entries. "
                    + "The database was altered; restore the newest copy of it")
        }
        guard announced.contains(where: { $0.id == keys.signer.publicKey.keyID && $0.phase == .active }) else {
            return .key(
                path: HomeKeys(home).path(of: .token),
                reason: "is not the token key that the ledger has announced as in use; put the one back that belongs to this home")
        }
        for check in keys.checks {
            guard let kept = try reading.check(of: check.secret), kept != check.digest else { continue }
            return .key(
                path: HomeKeys(home).path(of: check.secret),
                reason: "is not the one that this home was made with: \(loss(check.secret)). Put the file back from the backup of this home's keys.")
        }
        return nil
    }

    /// Keeps the checks of which there are none yet: those of a new home, and of one that an earlier program made.
    static func keep(_ checks: [SecretCheck], in transaction: any StorageTransaction) throws(StorageFault) {
        for check in checks where try transaction.check(of: check.secret) == nil { try transaction.add(check) }
    }

    private static func loss(_ secret: HomeKeys.Secret) -> String {
        switch secret {
        case .openings: "with another one no earlier answer can be repeated or opened, and the tags of people begin anew"
        case .transformRoot: "with another one every pseudonym changes"
        case .ledger, .token: "with another one nothing that was signed can be continued"
        }
    }
}
