import Broker
import BrokerProtocol
import Foundation
import Yams

/// A register written as YAML: organisations, then their officers and services.
struct RegistryFile: Decodable {
    struct Organisation: Decodable {
        let id: String
        let name: String

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id, name
        }
    }

    struct Delegation: Decodable {
        let from: String
        let until: String
        let highestSensitivity: String
        let mostRowsPerDay: UInt64
        let thirdParties: Bool

        enum CodingKeys: String, CodingKey, CaseIterable {
            case from, until, highestSensitivity = "highest_sensitivity", mostRowsPerDay = "most_rows_per_day", thirdParties = "third_parties"
        }

        static let levels = ["public", "official", "personal", "special-category", "criminal", "restricted-record"]

        /// - Parameter prefix: what stands before a name where the person wrote it: `--` on the command line.
        func request(for id: String, prefix: String = "") throws -> Concordat_V1_SetDelegationRequest {
            guard let level = Delegation.levels.firstIndex(of: highestSensitivity) else {
                throw CommandFault.usage("highest sensitivity must be one of \(Delegation.levels.joined(separator: ", "))")
            }
            let first = try microseconds(from, option: "\(prefix)from")
            let last = try microseconds(until, option: "\(prefix)until")
            guard first >= 0, first < last else {
                throw CommandFault.usage("\(prefix)until, the first day or moment at which the delegation no longer holds, must be later than \(prefix)from")
            }
            return .with {
                $0.id = id
                $0.from = first
                $0.until = last
                $0.maxSensitivity = UInt32(level + 1)
                $0.maxRowsPerDay = mostRowsPerDay
                $0.thirdParties = thirdParties
            }
        }
    }

    struct Principal: Decodable {
        let id: String
        let organisation: String
        let kind: PrincipalKindName
        let name: String
        let roles: [RoleName]
        let certificate: String?
        let delegation: Delegation?

        enum CodingKeys: String, CodingKey, CaseIterable {
            case id, organisation, kind, name, roles, certificate, delegation
        }

        func request(certificatesIn directory: String) throws -> Concordat_V1_AddPrincipalRequest {
            let chain = try certificate.map { try certificateChain(at: $0.hasPrefix("/") ? $0 : directory + "/" + $0) } ?? []
            return .with {
                $0.organisation = organisation
                $0.kind = kind.message
                $0.id = id
                $0.name = name
                $0.roles = roles.map(\.message)
                $0.certificate = Foundation.Data(chain.first?.der ?? [])
                $0.intermediates = chain.dropFirst().map { Foundation.Data($0.der) }
            }
        }
    }

    let organisations: [Organisation]
    let principals: [Principal]
    private var path = ""

    /// Where an organisation, and a principal, stand in the file, for messages.
    func place(ofOrganisation index: Int) -> String { "\(path): organisations.\(index) (\(visible(organisations[index].id)))" }
    func place(_ index: Int) -> String { "\(path): principals.\(index) (\(visible(principals[index].id)))" }

    enum CodingKeys: String, CodingKey, CaseIterable {
        case organisations, principals
    }

    init(path: String) throws {
        let bytes = try contents(of: path)
        do {
            self = try YAMLDecoder().decode(RegistryFile.self, from: TextFile.text(bytes, file: path))
            self.path = path
        } catch let fault as DecodingError {
            if case .dataCorrupted(let context) = fault, let cause = context.underlyingError as? YamlError {
                throw RegistryFile.notYAML(cause, path)
            }
            throw CommandFault.usage("\(path): \(RegistryFile.explain(fault))")
        } catch let fault as YamlError {
            throw RegistryFile.notYAML(fault, path)
        } catch let fault as BrokerFault {
            throw CommandFault.usage("\(fault)")
        }
    }

    private static func notYAML(_ fault: YamlError, _ path: String) -> CommandFault {
        let problem = YAMLProblem(fault)
        return .usage("\(BrokerFault.document(file: path, line: problem.line, column: problem.column, reason: problem.reason))")
    }

    private static func explain(_ fault: DecodingError) -> String {
        let (path, text) =
            switch fault {
            case .keyNotFound(let key, let context): (context.codingPath + [key], "is missing")
            case .typeMismatch(_, let context), .valueNotFound(_, let context): (context.codingPath, "has a value of the wrong kind")
            case .dataCorrupted(let context): (context.codingPath, context.debugDescription)
            @unknown default: ([], "cannot be read")
            }
        guard !path.isEmpty else { return "must have organisations or principals, as `concordat registry apply --help` shows" }
        let place = path.map { $0.intValue.map(String.init) ?? $0.stringValue }.joined(separator: ".")
        return "\(place) \(text)"
    }
}

extension RegistryFile {
    init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        organisations = try container.decodeIfPresent([Organisation].self, forKey: .organisations) ?? []
        principals = try container.decodeIfPresent([Principal].self, forKey: .principals) ?? []
    }
}

extension RegistryFile.Organisation {
    init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        name = try container.decode(String.self, forKey: .name)
    }
}

extension RegistryFile.Principal {
    init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        id = try container.decode(String.self, forKey: .id)
        organisation = try container.decode(String.self, forKey: .organisation)
        let kindName = try container.decodeIfPresent(String.self, forKey: .kind) ?? PrincipalKindName.officer.rawValue
        guard let kind = PrincipalKindName(rawValue: kindName) else {
            throw DecodingError.dataCorruptedError(
                forKey: .kind, in: container,
                debugDescription: "must be one of \(PrincipalKindName.allCases.map(\.rawValue).joined(separator: ", "))")
        }
        self.kind = kind
        name = try container.decode(String.self, forKey: .name)
        certificate = try container.decodeIfPresent(String.self, forKey: .certificate)
        delegation = try container.decodeIfPresent(RegistryFile.Delegation.self, forKey: .delegation)
        roles = try (container.decodeIfPresent([String].self, forKey: .roles) ?? []).map { text in
            guard let role = RoleName(rawValue: text) else {
                throw DecodingError.dataCorruptedError(
                    forKey: .roles, in: container,
                    debugDescription: "has a role that does not exist; roles are \(RoleName.allCases.map(\.rawValue).joined(separator: ", "))")
            }
            return role
        }
    }
}

extension RegistryFile.Delegation {
    init(from decoder: any Decoder) throws {
        try refuseUnknownKeys(decoder, CodingKeys.self)
        let container = try decoder.container(keyedBy: CodingKeys.self)
        from = try container.decode(String.self, forKey: .from)
        until = try container.decode(String.self, forKey: .until)
        highestSensitivity = try container.decode(String.self, forKey: .highestSensitivity)
        mostRowsPerDay = try container.decode(UInt64.self, forKey: .mostRowsPerDay)
        thirdParties = try container.decodeIfPresent(Bool.self, forKey: .thirdParties) ?? false
    }
}

private struct AnyKey: CodingKey {
    let stringValue: String
    let intValue: Int? = nil
    init?(stringValue: String) { self.stringValue = stringValue }
    init?(intValue: Int) { nil }
}

/// A misspelt key must not be a silently ignored one.
private func refuseUnknownKeys<Keys: CodingKey & CaseIterable>(_ decoder: any Decoder, _ keys: Keys.Type) throws {
    let known = Set(Keys.allCases.map(\.stringValue))
    for key in try decoder.container(keyedBy: AnyKey.self).allKeys where !known.contains(key.stringValue) {
        throw DecodingError.dataCorrupted(
            .init(
                codingPath: decoder.codingPath + [key],
                debugDescription: "is not a key that is read here; the keys are \(known.sorted().joined(separator: ", "))"))
    }
}
