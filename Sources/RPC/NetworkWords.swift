import HTTP2
import NIOCore
import NIOPosix
import TLS

#if canImport(Glibc)
import Glibc
#endif

/// What the network said, in words for people: never the name of a library's own type.
enum NetworkWords {
    static func text(_ error: any Error) -> String {
        switch error {
        case let error as NIOConnectionError:
            if let first = error.connectionErrors.first { return text(first.error) }
            return "the name of the host has no address"
        case let error as IOError: return text(code: error.errnoCode)
        case ChannelError.connectTimeout: return "there was no answer in time"
        case is ChannelError: return "the connection was closed"
        case is SocketAddressError, is SocketAddressError.UnknownHost: return "the name of the host has no address"
        case let error as HTTP2Error: return error.words
        case let error as TLSError: return error.description
        default: return "the connection failed"
        }
    }

    private static func text(code: CInt) -> String {
        switch code {
        case ECONNREFUSED: "nothing listens there"
        case ECONNRESET, EPIPE: "the other side closed the connection"
        case EADDRINUSE: "another program listens there already"
        case EADDRNOTAVAIL: "this machine has no such address"
        case EACCES, EPERM: "this user may not use that port"
        case ETIMEDOUT: "there was no answer in time"
        case EHOSTUNREACH, ENETUNREACH: "there is no way to that address"
        default: "the system refused it (errno \(code))"
        }
    }
}
