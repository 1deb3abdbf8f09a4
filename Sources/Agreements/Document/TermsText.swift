/// Why a text cannot stand in terms that people sign; nil where it can. Lengths are in UTF-8 bytes.
func faultOfText(_ text: String, max: Int, oneLine: Bool) -> (fault: String, remedy: String)? {
    guard !text.isEmpty else { return ("is empty", "Write it, or leave the key out where it is optional.") }
    guard text.utf8.count <= max else { return ("has \(text.utf8.count) bytes, over the limit of \(max)", "Shorten it.") }
    for scalar in text.unicodeScalars {
        if scalar == "\n" {
            guard oneLine else { continue }
            return ("has a line break", "Write it on one line.")
        }
        guard isPlain(scalar) else {
            return ("has a control, direction or invisible character", "Type the text again without it; what people sign must read as it is stored.")
        }
    }
    return nil
}

/// Without white space at either end, as canonical documents have it.
func trimmed(_ text: String) -> String {
    let scalars = text.unicodeScalars
    guard let first = scalars.firstIndex(where: { !isBlank($0) }), let last = scalars.lastIndex(where: { !isBlank($0) }) else { return "" }
    return String(scalars[first...last])
}

private func isBlank(_ scalar: Unicode.Scalar) -> Bool {
    scalar == " " || scalar == "\n" || scalar == "\t" || scalar == "\r"
}

/// Control characters, direction overrides and invisible characters can make a text read differently from what it says.
private func isPlain(_ scalar: Unicode.Scalar) -> Bool {
    switch scalar.value {
    case 0x00...0x1f, 0x7f...0x9f, 0xad, 0x61c, 0x180e, 0x200b...0x200f, 0x2028...0x202e, 0x2060...0x206f, 0xfeff, 0xfff0...0xfffb,
        0xe0000...0xe0fff:
        false
    default:
        true
    }
}
