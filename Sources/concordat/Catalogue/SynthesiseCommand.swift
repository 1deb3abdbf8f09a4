import ArgumentParser
import DataSources

/// Writes invented records for demonstrations and tests; no broker is asked.
struct SynthesiseCommand: ParsableCommand {
    enum Kind: String, ExpressibleByArgument, CaseIterable {
        case benefitAwards = "benefit-awards"
    }

    static let configuration = CommandConfiguration(
        commandName: "synthesise", abstract: "Write invented records to a file; the same seed gives the same file.",
        discussion: "National Insurance numbers begin QQ, which no real one does. Postcodes are real and come from a CSV file with the columns postcode and local_authority.")
    @Argument(help: "What to invent: benefit-awards.") var kind: Kind
    @Option(help: "Seed.") var seed: UInt64
    @Option(help: "How many citizens, 1 to 1,000,000.") var people = 50_000
    @Option(help: "CSV file of postcodes.") var postcodes = "Deploy/data/ons-postcodes-sample.csv.gz"
    @Option(help: "File to write, ending in .jsonl or .jsonl.gz; must not exist.") var out: String
    @Flag(help: "Print the answer as JSON.") var json = false

    func run() throws {
        guard (1...SyntheticBenefitAwards.maxPeople).contains(people) else {
            throw CommandFault.usage("--people must be from 1 to \(SyntheticBenefitAwards.maxPeople)")
        }
        let places: [SyntheticPlace]
        do throws(SourceFault) { places = try PlaceFile.read(postcodes) } catch { throw CommandFault.of(postcodes, error) }
        do throws(SourceFault) {
            var awards = try SyntheticBenefitAwards(seed: seed, people: people, places: places)
            let file = try LineFile(path: out)
            while let line = awards.next() { try file.write(line) }
            try file.finish()
        } catch {
            throw CommandFault.usage("\(error)")
        }
        Printer(json: json).show(object: [("people", .integer(people)), ("file", .text(out))]) { "\(people) invented citizens in \(out)" }
    }
}
