import Broker

/// Arguments are UTF-8. The runtime replaces bytes that are not by U+FFFD, which nobody types: a comment in Latin-1 would go into the record
/// with holes in it.
enum ArgumentEncoding {
    private static let replacement: Unicode.Scalar = "\u{FFFD}"

    /// - Parameter arguments: with the program's own name first.
    static func require(_ arguments: [String]) throws(CommandFault) {
        for (position, argument) in arguments.enumerated().dropFirst() {
            guard let hole = argument.unicodeScalars.firstIndex(of: replacement) else { continue }
            var value = argument[...]
            var name = "argument \(position)"
            if argument.hasPrefix("--"), let equals = argument.firstIndex(of: "="), equals < hole {
                name = String(argument[..<equals])
                value = argument[argument.index(after: equals)...]
            } else if arguments[position - 1].hasPrefix("--"), !arguments[position - 1].contains("=") {
                name = arguments[position - 1]
            }
            let place = TextPlace(after: value.unicodeScalars.prefix(while: { $0 != replacement }))
            throw .usage(
                "\(visible(name)) is not UTF-8 at line \(place.line), column \(place.column) of its value: write it in the encoding UTF-8, "
                    + "in a terminal whose locale is, for example, C.UTF-8")
        }
    }
}
