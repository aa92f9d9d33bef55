/// Finds the word that was probably meant.
package enum Spelling {
    package static func nearest(to word: String, among words: [String]) -> String? {
        let allowed = max(1, word.count / 3)
        let scored = words.map { (word: $0, distance: distance(word, $0)) }.filter { $0.distance <= allowed }
        if let best = scored.min(by: { ($0.distance, $0.word) < ($1.distance, $1.word) }) { return best.word }
        guard word.count >= 2 else { return nil }
        return words.filter { $0.hasPrefix(word) }.min()
    }

    /// The number of letters to insert, drop, replace or swap with their neighbour (Damerau and Levenshtein).
    static func distance(_ left: String, _ right: String) -> Int {
        let left = Array(left), right = Array(right)
        var rows = [Array(0...right.count)]
        for i in 0..<left.count {
            var row = [i + 1]
            for j in 0..<right.count {
                var best = min(row[j] + 1, rows[i][j + 1] + 1, rows[i][j] + (left[i] == right[j] ? 0 : 1))
                if i > 0, j > 0, left[i] == right[j - 1], left[i - 1] == right[j] {
                    best = min(best, rows[i - 1][j - 1] + 1)
                }
                row.append(best)
            }
            rows.append(row)
        }
        return rows[left.count][right.count]
    }
}
