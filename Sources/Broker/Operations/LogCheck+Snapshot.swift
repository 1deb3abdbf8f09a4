import Ledger
import SQLiteStorage
import Storage

extension LogCheck {
    /// What the checks of a start say of the log in `store`, which a running broker may be writing to: its head, or what is wrong. In two looks, because
    /// what the signer remembers comes first, as a broker that runs goes on.
    package static func head(of home: BrokerHome, in store: SQLiteSnapshot) throws(StorageFault) -> Result<LedgerHead, LedgerFault> {
        let made = try store.read { reading throws(StorageFault) in Result { () throws(LedgerFault) in try LogCheck(home, in: reading) } }
        return try store.read { reading throws(StorageFault) in
            made.flatMap { check in Result { () throws(LedgerFault) in try check.head(of: reading) } }
        }
    }
}
