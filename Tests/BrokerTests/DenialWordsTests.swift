import Authorization
import Testing

@testable import Broker

/// A denied caller is told what it is about and what to do, and no more than the code says.
struct DenialWordsTests {
    @Test(arguments: DenialReason.allCases)
    func everyReasonHasASentenceOfItsOwnWithoutTheCode(_ reason: DenialReason) {
        let text = DenialWords.text(reason.rawValue, fields: [])
        #expect(text.hasSuffix("."))
        #expect(!text.contains("_") || text.hasPrefix("page_size"))
        #expect(text != DenialWords.text("UNKNOWN", fields: []))
    }

    @Test func fieldsThatTheCallerSentAreNamed() {
        #expect(
            DenialWords.text("field_not_in_terms", fields: ["health_condition", "notes"])
                == "fields: the agreement does not list what was asked for (health_condition, notes). "
                + "Ask for fields of the terms only, or for none to get them all.")
    }

    @Test(arguments: [
        "NOT_OPERATOR_ADMINISTRATOR", "NOT_ADMINISTRATOR_OF_OPERATOR", "NOT_ADMINISTRATOR_OF_ORGANISATION", "NOT_OF_ORGANISATION", "NOT_FOR_THIS_ROLE",
        "NOT_DATA_OWNER", "DATASET_OF_ANOTHER", "SEEN_CHECKPOINT_DIFFERS",
    ])
    func whatAnOfficeRefusesHasARemedy(_ code: String) {
        #expect(DenialWords.text(code, fields: []) != DenialWords.text("UNKNOWN", fields: []))
    }
}
