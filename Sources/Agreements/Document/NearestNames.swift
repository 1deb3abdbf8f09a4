/// The names closest to one that does not exist, closest first, at most three: for remedies such as "did you mean".
func nearestNames(to wanted: String, among names: some Sequence<String>) -> [String] {
    let target = Array(wanted.utf8.prefix(256)).map(foldedCase)
    let tail = lastName(target)
    var found: [(distance: Int, name: String)] = []
    for name in names {
        let candidate = Array(name.utf8.prefix(256)).map(foldedCase)
        let distance: Int
        if lastName(candidate) == tail {
            // A field of the same name elsewhere in the record is the likeliest slip of all.
            distance = 1
        } else if target.count >= 3, candidate.starts(with: target) {
            // Then a name cut short.
            distance = 2
        } else {
            distance = editDistance(target, candidate)
        }
        if distance <= max(2, target.count / 3) { found.append((distance, name)) }
    }
    found.sort { ($0.distance, $0.name) < ($1.distance, $1.name) }
    let best = found.first?.distance ?? 0
    return found.prefix(3).filter { $0.distance <= best + 1 }.map(\.name)
}

/// " Did you mean a, b or c?", or nothing.
func suggestion(for wanted: String, among names: some Sequence<String>) -> String {
    let near = nearestNames(to: wanted, among: names)
    guard let last = near.last else { return "" }
    guard near.count > 1 else { return " Did you mean \(last)?" }
    return " Did you mean \(near.dropLast().joined(separator: ", ")) or \(last)?"
}

/// Insertions, deletions and substitutions that turn one into the other (Levenshtein).
private func editDistance(_ left: [UInt8], _ right: [UInt8]) -> Int {
    var row = Array(0...right.count)
    for (i, byte) in left.enumerated() {
        var diagonal = row[0]
        row[0] = i + 1
        for (j, other) in right.enumerated() {
            let above = row[j + 1]
            row[j + 1] = min(row[j] + 1, above + 1, diagonal + (byte == other ? 0 : 1))
            diagonal = above
        }
    }
    return row[right.count]
}

private func lastName(_ path: [UInt8]) -> ArraySlice<UInt8> {
    path.split(separator: UInt8(ascii: "."), omittingEmptySubsequences: false).last ?? []
}

private func foldedCase(_ byte: UInt8) -> UInt8 {
    switch byte {
    case UInt8(ascii: "A")...UInt8(ascii: "Z"): byte | 0x20
    case UInt8(ascii: "-"): UInt8(ascii: "_")
    default: byte
    }
}
