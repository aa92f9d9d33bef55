/// Where a supervisor shows itself: the live screen on a terminal, lines everywhere else.
package protocol SupervisorView: AnyObject {
    /// At every turn; the view decides how often to draw.
    func show(_ snapshot: PipelineSnapshot)
    /// What a stage said.
    func tell(_ line: String, of stage: String)
    /// What the supervisor says.
    func say(_ text: String)
    func detail(_ text: String)
    func close()
}
