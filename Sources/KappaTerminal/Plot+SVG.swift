extension Plot {
    /// The chart as a standalone SVG document.
    package func svg(width: Int = 960, height: Int = 480) -> String {
        let frame = PlotFrame(width: width, height: height, legend: legendWidth(letter: 7))
        var parts = [
            """
            <svg xmlns="http://www.w3.org/2000/svg" width="\(width)" height="\(height)" viewBox="0 0 \(width) \(height)" \
            font-family="sans-serif" font-size="12">
            <rect width="\(width)" height="\(height)" fill="white"/>
            <text x="\(frame.left)" y="20" font-size="15">\(Plot.escaped(heading))</text>
            """
        ]
        if let scales = scales(valueTicks: frame.valueTicks, timeTicks: frame.timeTicks) {
            parts += axes(scales, frame) + series.indices.map { path(of: $0, scales, frame) }
            if series.count > 1 { parts += series.indices.map { legendEntry($0, frame) } }
        } else {
            parts.append("<text x=\"\(width / 2)\" y=\"\(height / 2)\" text-anchor=\"middle\">\(Plot.emptyText)</text>")
        }
        return parts.joined(separator: "\n") + "\n</svg>\n"
    }

    private func axes(_ scales: PlotScales, _ frame: PlotFrame) -> [String] {
        let horizontal = scales.valueTicks.map { tick in
            let y = frame.y(scales.y(of: tick.value))
            return """
                <path d="M\(frame.left) \(y)H\(frame.right)" stroke="#ddd"/>\
                <text x="\(frame.left - 6)" y="\(y + 4)" text-anchor="end">\(tick.label)</text>
                """
        }
        let vertical = scales.timeTicks.map { tick in
            let x = frame.x(scales.x(of: tick.time))
            return """
                <path d="M\(x) \(frame.top)V\(frame.bottom)" stroke="#eee"/>\
                <text x="\(x)" y="\(frame.bottom + 18)" text-anchor="middle">\(tick.label)</text>
                """
        }
        let border =
            "<path d=\"M\(frame.left) \(frame.top)V\(frame.bottom)H\(frame.right)\" fill=\"none\" stroke=\"#444\"/>"
        let date = "<text x=\"\(frame.left)\" y=\"\(frame.bottom + 36)\">\(scales.dateLabel)</text>"
        return horizontal + vertical + [border, date]
    }

    private func path(of index: Int, _ scales: PlotScales, _ frame: PlotFrame) -> String {
        var data = "", end: PlotPlace?
        for piece in Plot.pieces(of: series[index], in: scales) {
            if piece.from != end { data += "M\(frame.x(piece.from.x)) \(frame.y(piece.from.y))" }
            data += "L\(frame.x(piece.to.x)) \(frame.y(piece.to.y))"
            end = piece.to
        }
        return """
            <path d="\(data)" fill="none" stroke="\(PlotColor.of(index).hex)" stroke-width="1.5" \
            stroke-linejoin="round" stroke-linecap="round"><title>\(Plot.escaped(series[index].name))</title></path>
            """
    }

    private func legendEntry(_ index: Int, _ frame: PlotFrame) -> String {
        let y = frame.top + 8 + index * 16
        return """
            <path d="M\(frame.legend) \(y - 4)h18" stroke="\(PlotColor.of(index).hex)" stroke-width="3"/>\
            <text x="\(frame.legend + 24)" y="\(y)">\(Plot.escaped(series[index].name))</text>
            """
    }

    private static func escaped(_ text: String) -> String {
        var result = ""
        for character in Terminal.printable(text) {
            switch character {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            default: result.append(character)
            }
        }
        return result
    }
}

/// The chart's frame within a picture, in pixels.
struct PlotFrame {
    let left = 64
    let top = 32
    let right: Int
    let bottom: Int
    /// Where the legend begins, beside the data.
    let legend: Int

    /// - Parameter room: how much of the width the legend takes; nothing for a single line.
    init(width: Int, height: Int, legend room: Int) {
        right = max(width - 24 - room, left + 10)
        bottom = max(height - 48, top + 10)
        legend = right + 16
    }

    var valueTicks: Int { max(2, (bottom - top) / 56) }
    var timeTicks: Int { max(1, (right - left) / 110) }

    func x(_ share: Double) -> Int { left + Int((share * Double(right - left)).rounded()) }
    func y(_ share: Double) -> Int { bottom - Int((share * Double(bottom - top)).rounded()) }
}

/// Okabe and Ito's colours, which colour-blind people tell apart, and four more beside them.
struct PlotColor {
    let red: UInt8
    let green: UInt8
    let blue: UInt8

    static let all = [
        PlotColor(red: 0, green: 114, blue: 178), PlotColor(red: 230, green: 159, blue: 0),
        PlotColor(red: 0, green: 158, blue: 115), PlotColor(red: 213, green: 94, blue: 0),
        PlotColor(red: 204, green: 121, blue: 167), PlotColor(red: 86, green: 180, blue: 233),
        PlotColor(red: 0, green: 0, blue: 0), PlotColor(red: 184, green: 172, blue: 0),
        PlotColor(red: 128, green: 60, blue: 160), PlotColor(red: 150, green: 90, blue: 40),
    ]

    static func of(_ series: Int) -> PlotColor { all[series % all.count] }

    var hex: String {
        "#" + [red, green, blue].map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
