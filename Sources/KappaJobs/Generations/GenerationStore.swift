package import KappaStores

/// The store and the view that a command about generations means beside the topics.
package struct GenerationStore {
    package let address: StoreAddress
    package let view: ViewName

    package init(_ address: StoreAddress, view: ViewName) {
        self.address = address
        self.view = view
    }

    package func open(for purpose: StorePurpose) throws -> any ViewStore { try address.open(for: purpose) }

    package func target(_ generation: Int) -> ViewTarget { ViewTarget(view: view, generation: generation) }

    /// The generation whose rows the view shows; nil where there is no view.
    package func shownGeneration() throws -> Int? { try open(for: .reading).status(of: target(1)).generation }
}
