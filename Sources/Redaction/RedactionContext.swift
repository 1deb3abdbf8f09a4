import Vocabulary

/// For whom and under which agreement a program is compiled. Pseudonyms depend on it, so a program serves one agreement only.
package struct RedactionContext: Hashable, Sendable {
    /// The recipient's short name, such as `leeds-cc`.
    package let recipient: String
    /// What sets the recipient apart for labels that say `never_to`, such as `private-sector`.
    package let recipientClasses: [String]
    /// The agreement's name, such as `ISA-2026-0042`.
    package let agreement: String

    package init(recipient: OrganisationID, recipientClasses: [String] = [], agreement: AgreementID) {
        self.recipient = recipient.text
        self.recipientClasses = Set(recipientClasses).sorted()
        self.agreement = agreement.text
    }
}
