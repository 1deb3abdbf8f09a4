import Vocabulary

/// Where an invented citizen lives: a real postcode with its real local authority, and nobody's address.
package struct SyntheticPlace: Hashable, Sendable {
    package let postcode: String
    /// ONS code, such as `E08000035`.
    package let localAuthority: String

    package init(postcode: String, localAuthority: String) {
        self.postcode = postcode
        self.localAuthority = localAuthority
    }
}

/// Invented citizens with a Universal Credit award each, one JSON object a line. The same seed, number and places give the same bytes.
///
/// National Insurance numbers begin QQ, which no real one does (canon `nino.demo.v1`), and are unique. Amounts are whole pence; shares and sizes are
/// plausible and describe nobody.
package struct SyntheticBenefitAwards {
    /// Numbers of the form QQ, six digits and A to D.
    package static let maxPeople = 1_000_000

    private let places: [SyntheticPlace]
    private let people: Int
    private let offset: Int
    private var made = 0
    private var random: SplitMix

    /// `SourceFault.tooLarge` over a million people; traps without a place or a person.
    package init(seed: UInt64, people: Int, places: [SyntheticPlace]) throws(SourceFault) {
        precondition(!places.isEmpty && people > 0, "invented citizens need a number and places")
        guard people <= SyntheticBenefitAwards.maxPeople else {
            throw .tooLarge(what: "invented citizens", limit: SyntheticBenefitAwards.maxPeople)
        }
        self.places = places
        self.people = people
        random = SplitMix(seed: seed)
        offset = random.number(in: 0...3_999_999)
    }

    /// The next citizen as one JSON object in UTF-8, without a line end; nil after the last.
    package mutating func next() -> String? {
        guard made < people else { return nil }
        defer { made += 1 }
        let nino = SyntheticBenefitAwards.number(made, offset: offset)
        let name = (first: random.pick(SyntheticNames.first), last: random.pick(SyntheticNames.last))
        let born = birthday()
        let place = random.pick(places)
        let circumstances = Circumstances(age: 2026 - born.year, &random)
        var line = "{\"nino\":\"\(nino)\",\"first_name\":\"\(name.first)\",\"last_name\":\"\(name.last)\",\"date_of_birth\":\"\(born)\""
        line += ",\"address_line\":\"\(random.number(in: 1...240)) \(random.pick(SyntheticNames.streets))\""
        line += ",\"postcode\":\"\(place.postcode)\",\"local_authority\":\"\(place.localAuthority)\""
        line += award(circumstances)
        line += ",\"health_condition\":\(circumstances.hasHealthElement)"
        if random.happens(perMille: 350) {
            let note = random.pick(SyntheticNames.notes)
            line += ",\"notes\":\"\(note.replacing("{name}", with: name.first + " " + name.last).replacing("{nino}", with: nino))\""
        }
        if random.happens(perMille: 30) { line += ",\"sanction_reason\":\"\(random.pick(SyntheticNames.sanctions))\"" }
        return line + "}"
    }

    /// A step that shares no factor with 4,000,000 visits every number once before it repeats.
    private static func number(_ index: Int, offset: Int) -> String {
        let rank = (index * 1_234_567 + offset) % 4_000_000
        let digits = String(rank / 4)
        return "QQ" + String(repeating: "0", count: 6 - digits.count) + digits + ["A", "B", "C", "D"][rank % 4]
    }

    /// Ages 18 to 66, fewer at the ends.
    private mutating func birthday() -> CalendarDate {
        let age = (random.number(in: 18...66) + random.number(in: 20...60)) / 2
        return CalendarDate(daysSince1970: 20_750 - age * 365 - random.number(in: 0...364))
    }

    private mutating func award(_ circumstances: Circumstances) -> String {
        let start = CalendarDate(daysSince1970: 20_727 + random.number(in: 0...27))
        let gross = circumstances.elements.reduce(0) { $0 + $1.pence }
        let deductions = circumstances.deductions(of: gross, &random)
        let taper = max(0, circumstances.earnings - 40_400) * 55 / 100
        let amount = max(0, gross - taper - deductions.reduce(0) { $0 + $1.pence })
        var line = ",\"award\":{\"period_start\":\"\(start)\",\"period_end\":\"\(start.advanced(days: 29))\",\"amount_pence\":\(amount)"
        line += ",\"elements\":[\(SyntheticBenefitAwards.list(circumstances.elements))]},\"earnings_pence\":\(circumstances.earnings)"
        line += ",\"deductions\":[\(SyntheticBenefitAwards.list(deductions))]"
        return line
    }

    private static func list(_ items: [Circumstances.Item]) -> String {
        items.map { "{\"kind\":\"\($0.kind)\",\"amount_pence\":\($0.pence)}" }.joined(separator: ",")
    }
}

/// What an invented citizen's award is made of.
private struct Circumstances {
    struct Item {
        let kind: String
        let pence: Int
    }

    let elements: [Item]
    let hasHealthElement: Bool
    let earnings: Int

    init(age: Int, _ random: inout SplitMix) {
        let isCouple = random.happens(perMille: 210)
        var items = [Item(kind: "standard_allowance", pence: age < 25 ? (isCouple ? 52_834 : 33_858) : (isCouple ? 66_697 : 42_490))]
        if random.happens(perMille: 620) { items.append(Item(kind: "housing", pence: random.number(in: 320...1_150) * 100)) }
        for _ in 0..<max(0, random.number(in: -3...3)) { items.append(Item(kind: "child", pence: 30_384)) }
        if random.happens(perMille: 90) { items.append(Item(kind: "carer", pence: 20_990)) }
        hasHealthElement = random.happens(perMille: 240)
        if hasHealthElement { items.append(Item(kind: "limited_capability", pence: 42_980)) }
        elements = items
        earnings = random.happens(perMille: hasHealthElement ? 150 : 430) ? random.number(in: 120...1_900) * 100 + random.number(in: 0...99) : 0
    }

    private static let kinds = [
        "advance_repayment", "rent_arrears", "service_charges", "council_tax", "court_fine", "water", "gas", "electricity", "child_maintenance",
        "owner_service_charges", "mortgage_interest",
    ]

    /// Up to three kinds, together at most a quarter of the standard allowance.
    func deductions(of gross: Int, _ random: inout SplitMix) -> [Item] {
        var left = elements[0].pence / 4
        var kinds = Set<Int>()
        var items: [Item] = []
        for _ in 0..<max(0, random.number(in: -2...3)) {
            let kind = random.number(in: 0...(Circumstances.kinds.count - 1))
            guard left >= 500, kinds.insert(kind).inserted else { continue }
            let pence = random.number(in: 500...max(500, left))
            left -= pence
            items.append(Item(kind: Circumstances.kinds[kind], pence: pence))
        }
        return items
    }
}
