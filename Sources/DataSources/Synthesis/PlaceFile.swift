/// Reads where invented citizens may live from a file of the ONS Postcode Directory's form.
package enum PlaceFile {
    /// The places of Great Britain, where Universal Credit is paid: authority codes that begin E, S or W. Needs the columns `postcode` and
    /// `local_authority`; throws where one is missing or no place is left.
    package static func read(_ path: String, limits: SourceLimits = .standard) throws(SourceFault) -> [SyntheticPlace] {
        var reader = try CSVReader(path: path, limits: limits)
        guard let postcode = reader.names.firstIndex(of: "postcode"), let authority = reader.names.firstIndex(of: "local_authority") else {
            throw .input(line: 1, field: "", fault: "the header has no postcode or no local_authority", remedy: "give the ONS sample of Deploy/data")
        }
        var places: [SyntheticPlace] = []
        while try reader.next() {
            let code = String(decoding: reader.field(authority), as: UTF8.self)
            guard let first = code.first, "ESW".contains(first), !reader.field(postcode).isEmpty else { continue }
            places.append(SyntheticPlace(postcode: String(decoding: reader.field(postcode), as: UTF8.self), localAuthority: code))
        }
        guard !places.isEmpty else {
            throw .input(line: 1, field: "local_authority", fault: "no place in Great Britain", remedy: "give the ONS sample of Deploy/data")
        }
        return places
    }
}
