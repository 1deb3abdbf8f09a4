import Cryptography
import Testing
@testable import TransparencyLog

@Suite struct MerkleVectorTests {
    /// The tree of eight leaves that the Certificate Transparency implementations share, and its root.
    @Test func eightLeavesGiveThePublishedRoot() throws {
        var range = CompactRange()
        #expect(range.root.hex == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")
        for leaf in ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"] {
            range.append(TreeHash.leaf(try bytes(leaf)))
        }
        #expect(range.root.hex == "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328")
        #expect(TreeHash.leaf([]).hex == "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d")
    }

    /// Roots of logs of `entry <i>`, on which five independent programs agree.
    static let roots: [(Int, String)] = [
        (1, "773885a613489e24ce2cf76199d6a423f042e4bbf12d7eecee912ef276c65701"),
        (2, "5a47662fd8a317d96049a3f9f47c55dc67ca66051baa3683dbb19b2fe09a07b0"),
        (3, "94fbd0dd836f50301692e6d0eade728ee19ec52bfff1606ed807c8575d5aaa19"),
        (7, "98c97f0ba3175cd08b031dd084b9dc4e649b64d1a28e6ea694646503173ab587"),
        (8, "b69732ce5c914162ca9accfaf4e95d3f9874d68805437088aaff184a4db96773"),
        (256, "da6596d95369f5fef322ab8e4e0da3b0b50236aa9c8a3b1d246f7411c9e2e32e"),
        (257, "5c1fdfe835358022f2392de478dbe053fc130cfe1d3a082879a90cf6bf14bf7e"),
        (1000, "346c6b9cb89c4b76fac9dcb20cda86e3a01c0a57417c139028eacd4538fde95b"),
        (65537, "b99c570aaf13b96e026383e8e252e69c7142b3ad7e6e0264f3dc10dfd884d8c5"),
        (70000, "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"),
    ]

    @Test func rootsAgreeOnEveryPath() throws {
        let wanted = Dictionary(uniqueKeysWithValues: MerkleVectorTests.roots)
        var range = CompactRange()
        var edge = RightEdge()
        var batch: [Digest] = []
        var before = range
        var seen = 0
        for index in 0..<70_000 {
            let leaf = TreeHash.leaf(utf8("entry \(index)"))
            range.append(leaf)
            edge.append(leaf) { _, _ in }
            batch.append(leaf)
            guard let root = wanted[index + 1] else { continue }
            #expect(range.root.hex == root)
            #expect(edge.root.hex == root, "the tiles fold to the same root")
            #expect(before.recomputedRoot(appending: batch).hex == root, "and so does the second computation")
            #expect(edge.compactRange == range)
            before = range
            batch = []
            seen += 1
        }
        #expect(seen == 10)
    }

    @Test func recomputingSeesAnyChangedNode() {
        for old in 0..<40 {
            var range = CompactRange()
            for index in 0..<old { range.append(TreeHash.leaf([UInt8(index)])) }
            for added in 0..<20 {
                let leaves = (0..<added).map { TreeHash.leaf([UInt8(100 + $0)]) }
                var grown = range
                for leaf in leaves { grown.append(leaf) }
                #expect(range.recomputedRoot(appending: leaves) == grown.root)
                for position in range.nodes.indices {
                    var nodes = range.nodes
                    nodes[position] = .zero
                    #expect(CompactRange(size: range.size, nodes: nodes)?.recomputedRoot(appending: leaves) != grown.root)
                }
            }
        }
    }

    /// The checkpoint of 70,000 entries that golang.org/x/mod verified, signature for signature.
    static let checkpoint = """
        ledger.example/broker-1
        70000
        o5IPun8jmgcam9EHIfE0Gt3vuu3ttBx+JEN6nRa98Ao=

        — ledger.example/broker-1 2IszJ+vvNgIcQ+/hVtA1lhwAF+v1bDfJ25tP4GPVVgunC+C5mnYtSTZP0uCdWVKwT6F1yF26kFbyrBZ6ZwtZjwCGyQM=
        — witness.example/w1 hcOz3wAAAABlVQJvxGno8p6cUFkZn/YjLP2bw7t+dklDL3uU2BHTLA2p4T2VYm8TEDpsu7vW2iy7umAoMx2w4svMNUHrFYmiUB6aDw==

        """

    @Test func publishedCheckpointIsReproducedByteForByte() throws {
        let signer = try Keys.signer(), witness = try Keys.witness()
        #expect(signer.verifierKey.vkey == "ledger.example/broker-1+d88b3327+AY4WYxrNAbBGZE5oM/VzdeMSJ8bfjJaqAHmyERW34oQE")
        #expect(witness.verifierKey.vkey == "witness.example/w1+85c3b3df+BDMYwUoPmGi0wp7hggb9sSzKX0NfrqK8Ac7kX58s8sZZ")
        let root = try #require(Digest(hex: "a3920fba7f239a071a9bd10721f1341addefbaededb41c7e24437a9d16bdf00a"))
        let checkpoint = Checkpoint(origin: signer.verifierKey.name, size: 70_000, root: root)
        let note = try checkpoint.signed(by: signer)
        let cosigned = note.adding(try witness.cosign(note.text, time: 0x6555_026f))
        #expect(String(decoding: cosigned.bytes, as: UTF8.self) == MerkleVectorTests.checkpoint)

        let trust = LogTrust(origin: signer.verifierKey.name, keys: [TrustedKey(signer.verifierKey)], witnesses: [witness.verifierKey], quorum: 1)
        let verified = try trust.verify(utf8(MerkleVectorTests.checkpoint))
        #expect(verified.checkpoint == checkpoint)
        #expect(verified.cosignatures == [VerifiedCosignature(key: witness.verifierKey, time: 0x6555_026f)])
    }

    struct ProofCase {
        let name: String, accepts: Bool, numbers: [UInt64], first: Digest?, second: Digest?, path: [Digest]?

        init(_ line: Substring) throws {
            let columns = line.split(separator: "\t", omittingEmptySubsequences: false)
            try #require(columns.count == 6)
            name = String(columns[0])
            accepts = columns[1] == "accept"
            numbers = columns[2].split(separator: " ").compactMap { UInt64($0) }
            // Some cases have roots like "don't care 1" of other lengths: each stands for some digest of its own. No bytes are no digest.
            func root(_ text: Substring) -> Digest? {
                Base64.decode(text).flatMap { $0.isEmpty ? nil : Digest($0) ?? Digest.sha256([0xff] + $0) }
            }
            first = root(columns[3])
            second = root(columns[4])
            let hashes = columns[5].split(separator: " ").map { text in Base64.decode(text).flatMap { Digest($0) } }
            path = hashes.contains { $0 == nil } ? nil : hashes.compactMap { $0 }
        }

        static func all(_ file: String) throws -> [ProofCase] {
            try String(decoding: Vectors.file("merkle/\(file).tsv"), as: UTF8.self).split(separator: "\n").map { try ProofCase($0) }
        }
    }

    @Test func inclusionVectors() throws {
        let cases = try ProofCase.all("inclusion")
        #expect(cases.count == 98)
        for one in cases {
            #expect(accepts(one) { (first, second, path) throws(TransparencyFault) in
                try MerkleProof.verifyInclusion(of: first, at: one.numbers[0], size: one.numbers[1], path: path, root: second)
            } == one.accepts, "\(one.name)")
        }
    }

    @Test func consistencyVectors() throws {
        let cases = try ProofCase.all("consistency")
        #expect(cases.count == 98)
        for one in cases {
            #expect(accepts(one) { (first, second, path) throws(TransparencyFault) in
                try MerkleProof.verifyConsistency(from: one.numbers[0], oldRoot: first, to: one.numbers[1], newRoot: second, path: path)
            } == one.accepts, "\(one.name)")
        }
    }

    /// A proof in a subtree is a proof in a tree of its own, where the bounds are those of a subtree: it starts at a multiple
    /// of the power of two that holds it.
    @Test func subtreeInclusionVectors() throws {
        let cases = try ProofCase.all("subtreeinclusion")
        #expect(cases.count == 204)
        for one in cases {
            let (index, start, end) = (one.numbers[0], one.numbers[1], one.numbers[2])
            var width: UInt64 = 1
            while start < end, width < end - start, width < 1 << 62 { width <<= 1 }
            let isSubtree = start < end && end - start <= width && start % width == 0 && index >= start
            #expect((isSubtree && accepts(one) { (first, second, path) throws(TransparencyFault) in
                try MerkleProof.verifyInclusion(of: first, at: index - start, size: end - start, path: path, root: second)
            }) == one.accepts, "\(one.name)")
        }
    }

    /// From leaf 0 a subtree's consistency proof is the plain one.
    @Test func subtreeConsistencyVectors() throws {
        for one in try ProofCase.all("subtreeconsistency") {
            let (start, end, size) = (one.numbers[0], one.numbers[1], one.numbers[2])
            try #require(start == 0)
            // The empty subtree is consistent with any tree, which is not a question that a log's head ever raises.
            if end == 0 { continue }
            #expect(accepts(one) { (first, second, path) throws(TransparencyFault) in
                try MerkleProof.verifyConsistency(from: end, oldRoot: first, to: size, newRoot: second, path: path)
            } == one.accepts, "\(one.name)")
        }
    }

    private func accepts(_ one: ProofCase, _ check: (Digest, Digest, [Digest]) throws(TransparencyFault) -> Void) -> Bool {
        // A hash that is not 32 bytes cannot even be expressed here, which is a refusal.
        guard let first = one.first, let second = one.second, let path = one.path else { return false }
        do throws(TransparencyFault) {
            try check(first, second, path)
            return true
        } catch {
            return false
        }
    }
}
