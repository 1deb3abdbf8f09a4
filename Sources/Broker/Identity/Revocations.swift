import Storage
import Tokens
import Vocabulary

extension RevocationSnapshot {
    /// Every agreement's counter, and those of this caller alone: a token that names another organisation or client is not this caller's.
    /// Tokens revoked one by one are looked up by digest in the snapshot itself.
    init(_ epochs: EpochSnapshot, of caller: Caller) {
        self.init(
            broker: epochs.epoch(of: .broker), agreements: epochs.agreements,
            organisations: [caller.organisation.id: epochs.epoch(of: .organisation(caller.organisation.number))],
            clients: [caller.principal.id: epochs.epoch(of: .client(caller.principal.number))])
    }
}
