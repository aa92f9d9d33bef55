import Testing

@testable import KappaTerminal

/// Charts as they were looked at and found right: a triangle between 100 and 160 kPa, 40 minutes a turn.
@Suite struct PlotSnapshotTests {
    var plot: Plot {
        Plot(title: "piezometer BH-1", unit: "pore pressure (kPa)", series: [PlotTests.triangle()])
    }

    @Test func sixtyPlacesWide() {
        let expected = """
            piezometer BH-1, pore pressure (kPa)
            160 ┤           ⢠⠳⡀                     ⢠⠊⢆
                │          ⡠⠃ ⠈⢆                   ⢠⠃ ⠈⢆
                │         ⡜    ⠈⢆                 ⡠⠃    ⠱⡀
            140 ┤        ⡜      ⠈⠢⡀              ⡜       ⠱⡀
                │      ⢠⠊         ⠱⡀            ⡜         ⠑⢄
                │     ⡰⠁           ⠑⢢         ⡰⠊           ⠈⢢         ⢀⠎
            120 ┤   ⢀⠎               ⢣       ⡰⠁              ⠣⡀      ⡰⠁
                │  ⢀⠎                 ⠣⡀   ⢀⠔⠁                ⠘⡄    ⡰⠁
                │ ⡠⠊                   ⠘⡄ ⢀⠎                   ⠘⡄ ⢀⠔⠁
            100 ┤⡰⠁                     ⠘⡤⠊                     ⠈⢢⠎
                └┬─────────────────┬─────────────────┬─────────────────┬
               22:00             22:30             23:00           23:30

            """
        #expect(plot.text(width: 60) == expected)
    }

    @Test func twoSeriesHaveALegend() {
        var second = PlotTests.triangle(minutes: 50)
        second.name = "BH-2 <wide 水>"
        for index in second.points.indices { second.points[index].value += 13.7 }
        var plot = plot
        plot.series.append(second)
        let expected = """
            piezometer BH-1, pore pressure (kPa)
            200 ┤
                │
                │           ⢀⢄
                │         ⢀⡠⠊ ⠑⢄
                │        ⡔⠁⢀⠔⠑⠤⡀⠑⠤⡀                ⢀⠔⠊⠢⡀
            150 ┤     ⢀⠔⠊⢀⠎⠁   ⠈⢢ ⠑⢄⡀         ⢀⡠ ⢀⠔⠁   ⠈⠑⡄
                │   ⢀⠖⠁⡠⠔⠁       ⠉⠢⡀⠈⢢       ⡰⠁⢀⠔⠁       ⠈⠢⢄           ⢀
                │ ⣀⠔⠁⣀⠜            ⠈⠱⡀⠑⠢⡀ ⢀⠔⠊⢀⠜⠁            ⠱⡀       ⢀⡠⠃
                │⠜ ⡠⠊                ⠈⠢⢄⠈⠖⠁⡠⠔⠁               ⠈⠑⢄   ⢀⠔⠁
            100 ┤⡠⠊                     ⠣⣀⠔⠁                    ⠣⢄⠔⠁
                └┬─────────────────┬─────────────────┬─────────────────┬
               22:00             22:30             23:00           23:30
            ⠒ BH-1  ⠒ BH-2 <wide 水>

            """
        #expect(plot.text(width: 60) == expected)
    }

    @Test(arguments: [(60, 13), (100, 19), (200, 27)])
    func theChartGrowsWithTheWidth(width: Int, lines: Int) {
        let text = plot.text(width: width).split(separator: "\n")
        #expect(text.count == lines)
        #expect(text.map { TextWidth.of(String($0)) }.max() == width)
    }

    @Test func coloursSurroundTheDotsOnly() {
        let terminal = Terminal(isTerminal: true, width: 60, hasColor: true)
        let colored = plot.text(width: 60, terminal: terminal)
        let bare = colored.replacing("\u{1B}[36m", with: "").replacing("\u{1B}[0m", with: "")
        #expect(colored != bare)
        #expect(bare == plot.text(width: 60))
    }
}
