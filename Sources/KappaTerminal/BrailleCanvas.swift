import KappaCore

/// A field of dots, eight in each character of the terminal: two across, four down.
struct BrailleCanvas {
    let columns: Int
    let rows: Int
    /// The dots of each cell as Unicode's braille patterns number them (U+2800), and which series drew there last.
    private var cells: [(dots: UInt8, series: Int)]

    init(columns: Int, rows: Int) {
        self.columns = columns
        self.rows = rows
        cells = Array(repeating: (0, 0), count: columns * rows)
    }

    mutating func line(from: PlotPlace, to: PlotPlace, series: Int) {
        let (x, y) = dot(from)
        let (endX, endY) = dot(to)
        let steps = max(abs(endX - x), abs(endY - y), 1)
        for step in 0...steps {
            // Whole numbers, rounded to the nearest: the same dots on every machine.
            set(x: x + share(endX - x, step, steps), y: y + share(endY - y, step, steps), series: series)
        }
    }

    private func share(_ distance: Int, _ step: Int, _ steps: Int) -> Int {
        (2 * distance * step + steps).flooredQuotientAndRemainder(dividingBy: 2 * steps).quotient
    }

    /// Dots count from the upper left.
    private func dot(_ place: PlotPlace) -> (x: Int, y: Int) {
        let (width, height) = (Double(columns * 2 - 1), Double(rows * 4 - 1))
        return (Int((place.x * width).rounded()), Int(((1 - place.y) * height).rounded()))
    }

    private mutating func set(x: Int, y: Int, series: Int) {
        guard x >= 0, y >= 0, x < columns * 2, y < rows * 4 else { return }
        let bits: [[UInt8]] = [[0x01, 0x08], [0x02, 0x10], [0x04, 0x20], [0x40, 0x80]]
        let cell = y / 4 * columns + x / 2
        cells[cell].dots |= bits[y % 4][x % 2]
        cells[cell].series = series
    }

    /// One row of the picture; `paint` colours a run that one series drew.
    func row(_ row: Int, paint: (String, Int) -> String) -> String {
        var result = "", run = "", owner: Int?
        for column in 0..<columns {
            let cell = cells[row * columns + column]
            let drawn = cell.dots == 0 ? nil : cell.series
            if drawn != owner {
                result += owner.map { paint(run, $0) } ?? run
                (run, owner) = ("", drawn)
            }
            run += cell.dots == 0 ? " " : String(Unicode.Scalar(0x2800 + UInt32(cell.dots))!)
        }
        return result + (owner.map { paint(run, $0) } ?? run)
    }
}
