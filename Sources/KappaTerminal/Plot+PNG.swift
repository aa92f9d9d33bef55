extension Plot {
    /// The chart as a PNG file.
    package func png(width: Int = 960, height: Int = 480) -> [UInt8] {
        let frame = PlotFrame(width: width, height: height, legend: legendWidth(letter: PixelFont.advance))
        var canvas = PixelCanvas(width: width, height: height)
        canvas.text(heading, x: frame.left, y: 12, Ink.text)
        if let scales = scales(valueTicks: frame.valueTicks, timeTicks: frame.timeTicks) {
            drawAxes(scales, frame, &canvas)
            for (index, series) in series.enumerated() {
                for piece in Plot.pieces(of: series, in: scales) {
                    let from = (frame.x(piece.from.x), frame.y(piece.from.y))
                    canvas.line(from, (frame.x(piece.to.x), frame.y(piece.to.y)), Ink.series(index))
                }
            }
            if series.count > 1 { drawLegend(frame, &canvas) }
        } else {
            canvas.text(Plot.emptyText, x: width / 2 - 70, y: height / 2, Ink.text)
        }
        return PNG.encode(width: width, height: height, pixels: canvas.pixels, palette: Ink.palette)
    }

    private func drawAxes(_ scales: PlotScales, _ frame: PlotFrame, _ canvas: inout PixelCanvas) {
        for tick in scales.valueTicks {
            let y = frame.y(scales.y(of: tick.value))
            canvas.fill(x: frame.left, y: y, width: frame.right - frame.left, Ink.grid)
            canvas.text(tick.label, x: frame.left - 6 - PixelFont.advance * tick.label.count, y: y - 3, Ink.text)
        }
        for tick in scales.timeTicks {
            let x = frame.x(scales.x(of: tick.time))
            canvas.fill(x: x, y: frame.top, height: frame.bottom - frame.top, Ink.grid)
            let start = min(
                x - PixelFont.advance * tick.label.count / 2, canvas.width - PixelFont.advance * tick.label.count)
            canvas.text(tick.label, x: start, y: frame.bottom + 10, Ink.text)
        }
        canvas.text(scales.dateLabel, x: frame.left, y: frame.bottom + 24, Ink.text)
        canvas.fill(x: frame.left, y: frame.top, height: frame.bottom - frame.top, Ink.text)
        canvas.fill(x: frame.left, y: frame.bottom, width: frame.right - frame.left, Ink.text)
    }

    private func drawLegend(_ frame: PlotFrame, _ canvas: inout PixelCanvas) {
        for (index, series) in series.enumerated() {
            let y = frame.top + index * 14
            canvas.fill(x: frame.legend, y: y + 2, width: 18, height: 3, Ink.series(index))
            canvas.text(series.name, x: frame.legend + 24, y: y, Ink.text)
        }
    }

    /// What the palette's places are for.
    private enum Ink {
        static let text: UInt8 = 1
        static let grid: UInt8 = 2

        static func series(_ index: Int) -> UInt8 { UInt8(3 + index % PlotColor.all.count) }

        static let palette =
            [
                PlotColor(red: 255, green: 255, blue: 255), PlotColor(red: 51, green: 51, blue: 51),
                PlotColor(red: 225, green: 225, blue: 225),
            ] + PlotColor.all
    }
}
