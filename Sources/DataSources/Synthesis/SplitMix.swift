/// A small deterministic generator: a counter in steps of the golden ratio's 64 bits, finished by two multiply-and-shift rounds. The same seed
/// gives the same numbers on every machine and in every version; it is for invented data and must never make a secret.
struct SplitMix {
    private var state: UInt64

    init(seed: UInt64) {
        state = seed
    }

    mutating func next() -> UInt64 {
        state &+= 0x9e37_79b9_7f4a_7c15
        var mixed = state
        mixed = (mixed ^ (mixed >> 30)) &* 0xbf58_476d_1ce4_e5b9
        mixed = (mixed ^ (mixed >> 27)) &* 0x94d0_49bb_1331_11eb
        return mixed ^ (mixed >> 31)
    }

    /// A number in the range. The bias of the multiplication is under one in 2^32 for the ranges that occur.
    mutating func number(in range: ClosedRange<Int>) -> Int {
        let span = UInt64(range.upperBound - range.lowerBound + 1)
        return range.lowerBound + Int(next().multipliedFullWidth(by: span).high)
    }

    /// True that many times in a thousand.
    mutating func happens(perMille: Int) -> Bool {
        number(in: 0...999) < perMille
    }

    mutating func pick<Element>(_ elements: [Element]) -> Element {
        elements[number(in: 0...(elements.count - 1))]
    }
}
