import KappaCore

// The report as one file: styles and charts stand in it, and nothing is fetched from anywhere.

extension DayReport {
    package var html: String {
        var page = """
            <!doctype html><html lang="en"><head><meta charset="utf-8"><title>\(escaped(site)) · \(day)</title>
            <style>\(DayReport.style)</style></head><body>
            <header><h1>\(escaped(site)): instrumentation report</h1>
            <p><b>\(day)</b>, midnight to midnight, \(escaped(zone.name))</p>
            <table class="facts"><tr><th>results up to</th><td>\(lastTime)</td><th>view</th><td>\(escaped(store))\
            \(generation.map { ", generation \($0)" } ?? "")</td></tr><tr><th>made</th><td>\(zone.stamp(made))</td>\
            <th>prepared by</th><td class="blank"></td></tr></table>
            \(caution.map { "<p class=\"caution\">\(escaped($0))</p>" } ?? "")</header>

            """
        page += summary + missing
        page += "<h2>Instruments</h2>\n"
        if lines.isEmpty { page += "<p>No results of this day are in the view.</p>" }
        for line in lines { page += chart(line) }
        page += """
            <footer><table class="facts"><tr><th>remarks</th><td class="blank wide"></td></tr>\
            <tr><th>checked by, date</th><td class="blank wide"></td></tr></table></footer></body></html>

            """
        return page
    }

    private var lastTime: String {
        lines.compactMap { $0.series.last?.time }.max().map(zone.stamp) ?? "none"
    }

    private var summary: String {
        var rows = ""
        for kind in Set(lines.map(\.instrument)).sorted() {
            let own = lines.filter { $0.instrument == kind }
            let changes = own.map { ($0.series.last?.value ?? 0) - ($0.series.first?.value ?? 0) }
            let most = zip(own, changes).max { abs($0.1) < abs($1.1) }
            let unit = escaped(own.first?.unit ?? "")
            rows += "<tr><td>\(escaped(words(kind)))</td><td class=n>\(own.count)</td>"
            rows += "<td class=n>\(own.reduce(0) { $0 + $1.readings })</td>"
            rows += "<td class=n>\(number(own.compactMap { $0.series.lowest?.value }.min())) \(unit)</td>"
            rows += "<td class=n>\(number(own.compactMap { $0.series.highest?.value }.max())) \(unit)</td>"
            rows += "<td class=n>\(signed(most?.1)) \(unit) in \(escaped(most?.0.borehole ?? ""))</td></tr>\n"
        }
        return """
            <h2>Summary</h2><table><thead><tr><th>kind</th><th class=n>instruments</th><th class=n>readings</th>\
            <th class=n>lowest</th><th class=n>highest</th><th class=n>greatest change</th></tr></thead><tbody>
            \(rows)</tbody></table>

            """
    }

    private var missing: String {
        let wanted = completeness.rows.reduce(0) { $0 + $1.wanted.reduce(0, +) }
        let got = completeness.rows.reduce(0) { $0 + $1.got.reduce(0, +) }
        let share = wanted == 0 ? "–" : number(Double(got) / Double(wanted) * 100) + " %"
        var text = "<h2>Missing results</h2><p>\(share) of the windows that were to come have come.</p>"
        let gaps = completeness.gaps.sorted { $0.to - $0.from > $1.to - $1.from }
        guard !gaps.isEmpty else { return text }
        text +=
            "<table><thead><tr><th>borehole</th><th>instrument</th><th>from</th>"
            + "<th>to</th><th class=n>windows</th></tr></thead><tbody>"
        for gap in gaps.prefix(40) {
            text += """
                <tr><td>\(escaped(gap.borehole))</td><td>\(escaped(words(gap.instrument)))</td><td>\(zone.stamp(gap.from))</td>\
                <td>\(zone.stamp(gap.to))</td><td class=n>\(gap.windows)</td></tr>

                """
        }
        text += "</tbody></table>"
        return gaps.count > 40 ? text + "<p>The longest 40 of \(gaps.count) gaps.</p>" : text
    }

    private func chart(_ line: Line) -> String {
        let unit = escaped(line.unit ?? "")
        let change = (line.series.last?.value ?? 0) - (line.series.first?.value ?? 0)
        return """
            <section><h3>\(escaped(line.borehole)) · \(escaped(words(line.instrument)))</h3>\(svg(line))<p>\
            now <b>\(number(line.series.last?.value)) \(unit)</b> · change \(signed(change)) · lowest \
            \(number(line.series.lowest?.value)) at \(clock(line.series.lowest)) · highest \
            \(number(line.series.highest?.value)) at \(clock(line.series.highest)) · \(line.readings) readings</p></section>

            """
    }

    private func clock(_ point: M4.Point?) -> String { point.map { String(zone.stamp($0.time).suffix(8)) } ?? "–" }

    /// 440 by 110: the band of minimum and maximum, the line of means, gaps left open.
    private func svg(_ line: Line) -> String {
        guard let low = line.series.lowest?.value, let high = line.series.highest?.value else { return "" }
        let pad = high > low ? (high - low) * 0.05 : max(abs(high) * 0.01, 0.5)
        let (floor, ceiling) = (low - pad, high + pad)
        // In quarters of a unit, each point by its distance from the one before: half as long, and no eye sees more.
        func x(_ time: Int64) -> Int {
            Int((184 + Double(time - range.from) / Double(range.to - range.from) * 1560).rounded())
        }
        func y(_ value: Double) -> Int { Int((24 + (ceiling - value) / (ceiling - floor) * 352).rounded()) }
        var (path, band, previous) = ("", "", Int64?.none)
        var (here, pen) = ((x: 0, y: 0), (x: 0, y: 0))
        let gap = max(line.length * 5 / 2, line.series.isReduced ? (range.to - range.from) / 220 * 3 : 0)
        for point in line.series.line {
            let joins = previous.map { point.time - $0 <= gap } ?? false
            let next = (x: x(point.time), y: y(point.value))
            path += "\(joins ? "l" : "m")\(next.x - here.x) \(next.y - here.y)"
            (here, previous) = (next, point.time)
        }
        for column in line.series.band {
            let (low, high) = ((x: x(column.time), y: y(column.floor)), y(column.ceiling))
            band += "m\(low.x - pen.x) \(low.y - pen.y)v\(high - low.y)"
            pen = (low.x, high)
        }
        let hours = stride(from: 0, through: 24, by: 6).map { hour -> String in
            let place = short(46 + Double(hour) / 24 * 390)
            return
                "<path class=g d=\"M\(place) 6V94\"/><text x=\"\(place)\" y=\"106\" text-anchor=\"middle\">\(hour)</text>"
        }
        return """
            <svg viewBox="0 0 440 110" role="img"><path class=g d="M46 6H436M46 94H436"/>\(hours.joined())\
            <text x="42" y="12" text-anchor="end">\(number(ceiling))</text>\
            <text x="42" y="96" text-anchor="end">\(number(floor))</text>\
            <g transform="scale(.25)"><path class=b d="\(band)"/><path class=l d="\(path)"/></g></svg>
            """
    }

    private func short(_ value: Double) -> String { "\((value * 10).rounded() / 10)" }

    private func number(_ value: Double?) -> String {
        guard let value, value.isFinite else { return "–" }
        let places = abs(value) >= 1000 ? 1.0 : abs(value) >= 10 ? 100.0 : 1000.0
        let rounded = (value * places).rounded() / places
        return rounded == rounded.rounded() ? String(Int64(rounded)) : "\(rounded)"
    }

    private func signed(_ value: Double?) -> String {
        guard let value else { return "–" }
        return (value > 0 ? "+" : value < 0 ? "−" : "") + number(abs(value))
    }

    private func words(_ name: String) -> String {
        let text = name.split(separator: "_").joined(separator: " ")
        return text.prefix(1).uppercased() + text.dropFirst()
    }

    /// Names are anybody's: none becomes markup.
    private func escaped(_ text: String) -> String {
        var result = ""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "&": result += "&amp;"
            case "<": result += "&lt;"
            case ">": result += "&gt;"
            case "\"": result += "&quot;"
            case "'": result += "&#39;"
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result
    }

    private static let style = """
        body { font: 12px/1.4 system-ui, sans-serif; color: #1c2227; max-width: 960px; margin: 20px auto;
          padding: 0 16px;           font-variant-numeric: tabular-nums }
        h1 { font-size: 20px; margin: 0 } h3 { font-size: 12px; margin: 0 0 4px; overflow-wrap: anywhere }
        h2 { font-size: 14px; border-bottom: 1px solid #999; padding-bottom: 3px; margin: 22px 0 8px }
        table { border-collapse: collapse; width: 100% } th { font-weight: 500; color: #5a646d }
        th, td { text-align: left; padding: 3px 8px 3px 0; border-bottom: 1px solid #ddd; vertical-align: top;
          overflow-wrap: anywhere }
        .n { text-align: right } .facts th { width: 110px } .blank { border-bottom: 1px solid #000; height: 24px }
        .caution { border-left: 3px solid #9a5b00; padding-left: 8px }
        section { display: inline-block; width: calc(50% - 8px); margin: 0 6px 14px 0; vertical-align: top;
          break-inside: avoid }
        section p { margin: 2px 0; color: #5a646d; font-size: 11px } section b { color: #1c2227 }
        svg { width: 100%; height: auto; display: block } svg text { font-size: 9px; fill: #5a646d }
        .g { stroke: #dfe2e4; fill: none } .l { stroke: #1f5fa8; fill: none; stroke-width: 4.4 }
        .b { stroke: #1f5fa8; stroke-opacity: .3; stroke-width: 7; fill: none }
        footer { margin-top: 24px; break-inside: avoid } footer .blank { height: 44px } tr { break-inside: avoid }
        @page { size: A4; margin: 14mm }
        @media print { body { margin: 0; padding: 0; max-width: none; font-size: 10px } }
        @media (max-width: 700px) { section { width: 100% } }
        """
}
