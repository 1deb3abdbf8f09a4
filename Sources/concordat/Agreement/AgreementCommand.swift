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
              risk owner        decide ISA-2026-0001 --role risk-owner --verdict approve --reason ...   (only where the asset owner departs
                                from advice that says must-not-proceed)
              signatory         sign ISA-2026-0001
            Each controller has its own advisers, asset owner and signatory. Nobody decides or signs what they drafted.
            Advice, decisions and signatures are made with your own key, over a statement that is printed as it is signed. Read the terms before
            (show ISA-2026-0001 --terms) and give their digest with --terms-digest: nothing is signed if they have changed since.
            """,
        subcommands: [
            TemplateCommand.self, CheckCommand.self, DraftCommand.self, EditCommand.self, SubmitCommand.self, TakeUpCommand.self,
            ReturnCommand.self, AdviseCommand.self, DecideCommand.self, SignCommand.self, SuspendCommand.self, ResumeCommand.self,
            TerminateCommand.self, WithdrawCommand.self, AnnexCommand.self, ShowAgreementCommand.self, ListAgreementsCommand.self,
            HistoryCommand.self, WatchAgreementsCommand.self,
        ])
}
