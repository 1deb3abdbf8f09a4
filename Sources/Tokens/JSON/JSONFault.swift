/// Why bytes are not acceptable JSON. Offsets are bytes from the start; nothing of the text is repeated.
package enum JSONFault: Error, Hashable, Sendable {
    case tooLarge
    case tooDeep(offset: Int)
    case tooManyValues
    /// Not what RFC 8259 allows at this place.
    case syntax(offset: Int)
    /// Invalid UTF-8, a lone surrogate, a control character or NUL.
    case string(offset: Int)
    /// A fraction, an exponent, a leading zero, `-0`, or more than 64 bits.
    case number(offset: Int)
    case duplicateMember(offset: Int)
    /// Something follows the value.
    case trailing(offset: Int)
}
