import Vocabulary

/// One line of a policy: what happens to one leaf of the dataset. What no rule names is withheld.
package struct ReleaseRule: Hashable, Sendable {
    package let path: FieldPath
    package let transform: Transform

    package init(path: FieldPath, transform: Transform) {
        self.path = path
        self.transform = transform
    }
}
