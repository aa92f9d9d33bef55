/// What bears the number of a generation. The first one has the plain names, so a job that was never replayed knows
/// nothing of generations.
package enum GenerationNames {
    package static func topic(_ name: String, _ generation: Int) -> String {
        generation == 1 ? name : "\(name).g\(generation)"
    }

    package static func group(_ job: String, _ generation: Int) -> String { topic("kappa.\(job)", generation) }
}
