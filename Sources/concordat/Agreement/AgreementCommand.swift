import ArgumentParser

/// The road of an agreement, one command a step.
struct AgreementCommand: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "agreement",
        abstract: "Draft, review, decide, sign, suspend and end data-sharing agreements.",
        discussion: """
            The usual road:
              requester         template > terms.yaml, check terms.yaml, draft terms.yaml, submit ISA-2026-0001
              case officer      take-up ISA-2026-0001, or return it with a comment
              advisers          advise ISA-2026-0001 --role legal --verdict no-concern   (also dpo and security)
              asset owner       decide ISA-2026-0001 --verdict approve
              signatory         sign ISA-2026-0001
            Each controller has its own advisers, asset owner and signatory. Nobody decides or signs what they drafted.
            Advice, decisions and signatures are made with your own key, over a statement that is shown to you first.
            """,
        subcommands: [
            TemplateCommand.self, CheckCommand.self, DraftCommand.self, EditCommand.self, SubmitCommand.self, TakeUpCommand.self,
            ReturnCommand.self, AdviseCommand.self, DecideCommand.self, SignCommand.self, SuspendCommand.self, ResumeCommand.self,
            TerminateCommand.self, WithdrawCommand.self, AnnexCommand.self, ShowAgreementCommand.self, ListAgreementsCommand.self,
            HistoryCommand.self, WatchAgreementsCommand.self,
        ])
}
