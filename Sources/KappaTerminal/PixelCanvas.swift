/// A picture of palette indices, with the few shapes that a chart needs.
struct PixelCanvas {
    let width: Int
    let height: Int
    private(set) var pixels: [UInt8]

    init(width: Int, height: Int) {
        self.width = width
        self.height = height
        pixels = Array(repeating: 0, count: width * height)
    }

    mutating func fill(x: Int, y: Int, width: Int = 1, height: Int = 1, _ color: UInt8) {
        for row in max(y, 0)..<max(min(y + height, self.height), max(y, 0)) {
            for column in max(x, 0)..<max(min(x + width, self.width), max(x, 0)) {
                pixels[row * self.width + column] = color
            }
        }
    }

    /// A line two pixels thick.
    mutating func line(_ from: (x: Int, y: Int), _ to: (x: Int, y: Int), _ color: UInt8) {
        let (width, height) = (to.x - from.x, to.y - from.y)
        let steps = max(abs(width), abs(height), 1)
        for step in 0...steps {
            fill(x: from.x + width * step / steps, y: from.y + height * step / steps, width: 2, height: 2, color)
        }
    }

    /// Text with its upper left corner at `x`, `y`; each letter six places wide.
    mutating func text(_ text: String, x: Int, y: Int, _ color: UInt8) {
        for (index, character) in text.enumerated() {
            for (column, bits) in PixelFont.columns(of: character).enumerated() {
                for row in 0..<8 where bits >> UInt8(row) & 1 == 1 {
                    fill(x: x + index * PixelFont.advance + column, y: y + row, color)
                }
            }
        }
    }
}
