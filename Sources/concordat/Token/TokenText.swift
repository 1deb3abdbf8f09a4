import Tokens

/// A token as somebody gave it, before it is sent anywhere: what is plainly none is told as that, and no header is filled with it.
enum TokenText {
    static func require(_ token: String) throws(CommandFault) {
        guard !token.isEmpty else {
            throw .usage("the token is empty: get one with `concordat token issue`, and see that the command before this one did not fail")
        }
        let count = token.utf8.count
        guard count <= TokenLimits.maxTokenBytes else {
            throw .usage(
                "the token is \(count) bytes long, and no token has more than \(TokenLimits.maxTokenBytes): give one token alone, as `concordat token issue` prints it")
        }
        guard token.utf8.allSatisfy({ $0 > 0x20 && $0 < 0x7f }) else {
            throw .usage("the token has characters that no token has; copy it again")
        }
    }
}
