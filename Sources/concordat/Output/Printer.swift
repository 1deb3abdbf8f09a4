import Foundation
import SwiftProtobuf

/// Writes an answer: the message itself as proto3 JSON where a program reads, words where a person does.
struct Printer {
    let json: Bool

    func show(_ message: some Message, _ words: () -> String) throws {
        if json {
            var options = JSONEncodingOptions()
            options.alwaysPrintEnumsAsInts = false
            line(try message.jsonString(options: options))
        } else {
            line(words())
        }
    }

    /// A JSON object of texts and numbers, for commands whose answer is not one message.
    func show(object: [(String, JSONValue)], _ words: () -> String) {
        line(json ? JSONValue.object(object).text : words())
    }

    /// Many lines at once, for a command that has more to say where they cannot be written.
    func lines(_ texts: [String]) throws(CommandFault) {
        guard !texts.isEmpty else { return }
        try StandardStreams.attempt(texts.joined(separator: "\n") + "\n")
    }

    func line(_ text: String) {
        StandardStreams.write(text + "\n")
    }

    /// Progress and remarks, kept apart from the answer.
    func remark(_ text: String) {
        StandardStreams.complain(text + "\n")
    }
}
