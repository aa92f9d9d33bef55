/// A trend in one line of text: `▁▂▄▇█▅`.
package enum Sparkline {
    /// The last `width` values, each as high as it lies between the least and the greatest of them; a gap is a blank.
    package static func of(_ values: [Double], width: Int) -> String {
        let shown = values.suffix(max(width, 0))
        let finite = shown.filter(\.isFinite)
        guard let low = finite.min(), let high = finite.max() else { return String(repeating: " ", count: shown.count) }
        let marks = Array("▁▂▃▄▅▆▇█")
        return String(
            shown.map { value -> Character in
                guard value.isFinite else { return " " }
                // A line without ups and downs runs through the middle.
                guard high > low else { return marks[3] }
                return marks[min(7, Int((value - low) / (high - low) * 8))]
            })
    }
}
