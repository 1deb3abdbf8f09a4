/// A place in a text, as editors count it: lines and columns from 1, columns in characters (Unicode scalars).
package struct TextPlace: Hashable, Sendable {
    package let line: Int
    package let column: Int

    /// The place that follows what is given.
    package init(after text: some Sequence<Unicode.Scalar>) {
        var line = 1
        var column = 1
        for scalar in text {
            if scalar == "\n" {
                line += 1
                column = 1
            } else {
                column += 1
            }
        }
        self.line = line
        self.column = column
    }
}
