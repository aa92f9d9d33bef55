import Testing

/// What once was better must not become worse again.
@Suite struct RatchetTests {
    private func expectNone(_ problems: [String]) {
        #expect(problems.isEmpty, "\(problems.joined(separator: "\n"))")
    }

    /// Rooms whose folders still use each other in a circle: to be parted, and then to be taken from this list.
    static let circles: [String: Set<String>] = [
        "KappaBroker": ["Groups", "Handlers", "Server", "Settings", "Storage", "Transactions"]
    ]

    @Test func foldersOfARoomUseEachOtherInNoCircle() {
        for (room, files) in Dictionary(grouping: TidyTests.sources, by: \.room) {
            let found = FolderArrows(files)
            let known = RatchetTests.circles[room] ?? []
            let arrows = found.arrows.mapValues { $0.subtracting(known) }.filter { !known.contains($0.key) }
            guard let circle = Arrows.circle(in: arrows) else { continue }
            let steps = zip(circle, circle.dropFirst()).map { from, to in
                "\(from) uses \((found.types[from]?[to] ?? []).sorted().joined(separator: ", ")) of \(to)"
            }
            Issue.record("\(room): \(steps.joined(separator: "; "))")
        }
    }

    @Test func aRoomThatWasPartedLeavesTheList() {
        for (room, known) in RatchetTests.circles {
            let arrows = FolderArrows(TidyTests.sources.filter { $0.room == room }).arrows
            let inside = arrows.filter { known.contains($0.key) }.mapValues { $0.intersection(known) }
            #expect(Arrows.circle(in: inside) != nil, "\(room) has no circle any more: take it from the list")
        }
    }

    /// The page for newcomers names every room that there is, and none that is gone.
    @Test func theRoomsAreInTheirTable() {
        let page = SourceFile.text(of: "Sources/README.md")
        let named = Set(page.matches(of: #/`(Kappa\w+)`/#).map { String($0.output.1) })
        let rooms = Set(TidyTests.sources.map(\.room).filter { $0.hasPrefix("Kappa") })
        #expect(named == rooms, "\(named.symmetricDifference(rooms).sorted())")
    }

    /// What it says of the code is still in the code: each name of a type there, too.
    @Test func theNamesInThePageAreNamesInTheCode() {
        let page = SourceFile.text(of: "Sources/README.md")
        let names = Set(
            page.matches(of: #/`([A-Z][a-z]\w+[A-Z]\w*|Delivery|Producer|Server)`/#).map { String($0.output.1) })
        var declared: Set<String> = []
        for line in TidyTests.sources.flatMap(\.lines) {
            guard line.contains("class ") || line.contains("struct ") || line.contains("enum ") else { continue }
            let words = line.split(whereSeparator: { !$0.isLetter && !$0.isNumber })
            declared.formUnion(words.map(String.init))
        }
        let gone = names.filter { !$0.hasPrefix("Kappa") && !declared.contains($0) }
        #expect(gone.isEmpty, "\(gone.sorted())")
    }

    @Test func arrowsBetweenFoldersAreSeen() {
        func file(_ path: String, _ text: String) -> SourceFile {
            SourceFile(
                path: "Sources/Room/\(path)", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        }
        let files = [
            file("A/One.swift", "package final class One {\n    var two: Two?\n    // Three\n}"),
            file("B/Two.swift", "struct Two { let shared: Shared }"), file("Shared.swift", "enum Shared {}"),
            file("C/Three.swift", "private struct Own {}\nstruct Three { let one: One }"),
        ]
        let arrows = FolderArrows(files).arrows
        #expect(arrows == ["A": ["B"], "C": ["A"]])
        #expect(Arrows.circle(in: arrows) == nil)
        #expect(Arrows.circle(in: ["A": ["B"], "B": ["C"], "C": ["A"]]) == ["A", "B", "C", "A"])
    }

    @Test func noFunctionHasMoreThanSeventyLines() {
        expectNone(
            TidyTests.all.flatMap { file in
                file.functions.filter { $0.count > 70 }
                    .map { "\(file.path):\($0.line): \($0.name) has \($0.count) lines; 70 is the most" }
            })
    }

    @Test func functionsAreMeasured() {
        let text = """
            struct Thing {
                let name: String
                private static func long(
                    _ first: Int, of second: (Int) -> Void
                ) throws -> Int {
                    if true {
                        second(1)
                    }
                    return 1
                }

                var short: Int { 1 }
                init() {
                    name = ""
                }
            }
            """
        let file = SourceFile(path: "", lines: text.split(separator: "\n", omittingEmptySubsequences: false))
        #expect(file.functions.map(\.count) == [8, 3])
        #expect(file.functions.map(\.line) == [3, 13])
        #expect(TidyTests.sources.flatMap(\.functions).count > 2000)
    }

    /// A sentence that says `Unchecked: …` or `… hence @unchecked`, right above the type or as its first words.
    @Test func uncheckedSendableSaysWhyItHolds() {
        expectNone(
            TidyTests.sources.flatMap { file in
                file.code.filter { $0.line.contains("@unchecked Sendable") }.filter { number, _ in
                    let above = file.lines[..<(number - 1)].reversed().prefix { $0.drop { $0 == " " }.hasPrefix("//") }
                    let below = file.lines[number...].prefix { $0.drop { $0 == " " }.hasPrefix("//") }
                    let words = (above.reversed() + below).joined(separator: " ")
                    guard let place = words.firstRange(of: "nchecked") else { return true }
                    return words[place.upperBound...].count + words[..<place.lowerBound].count < 40
                }.map { "\(file.path):\($0.number): say why it is Sendable: 'Unchecked: …'" }
            })
    }

    @Test func noTypeIsNamedAfterNothing() {
        let vague = ["Manager", "Helper", "Helpers", "Util", "Utils", "Utility", "Utilities", "Misc"]
        expectNone(
            TidyTests.all.flatMap { file in
                file.code.compactMap { number, line in
                    let words = line.split { !$0.isLetter && !$0.isNumber && $0 != "_" }
                    let kinds: Set<Substring> = ["struct", "class", "enum", "protocol", "actor", "typealias"]
                    guard let at = words.firstIndex(where: kinds.contains), at + 1 < words.count,
                        words[at + 1].first?.isUppercase == true, vague.contains(where: { words[at + 1].hasSuffix($0) })
                    else { return nil }
                    return "\(file.path):\(number): name \(words[at + 1]) after what it does"
                }
            })
    }
}
