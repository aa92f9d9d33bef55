/// The table of routes as an OpenAPI 3.1 document: what the server answers is what it says it answers.
package enum OpenAPI {
    package static func document(title: String, version: String, _ routes: [Route]) -> String {
        var paths: [String] = []
        for pattern in routes.map(\.pattern.description).uniqued() {
            let operations = routes.filter { $0.pattern.description == pattern }.map(operation)
            paths.append("\(string(pattern)):{\(operations.joined(separator: ","))}")
        }
        return """
            {"openapi":"3.1.0","info":{"title":\(string(title)),"version":\(string(version))},\
            "paths":{\(paths.joined(separator: ","))}}
            """
    }

    private static func operation(_ route: Route) -> String {
        let path = route.pattern.names.map { parameter($0, "path", "", isRequired: true) }
        let query = route.parameters.map { parameter($0.name, "query", $0.help, isRequired: $0.isRequired) }
        let needs = route.role > .viewer ? ",\"description\":\(string("Needs the role \(route.role)."))" : ""
        return """
            "\(route.method.rawValue.lowercased())":{"summary":\(string(route.summary))\(needs),\
            "parameters":[\((path + query).joined(separator: ","))],\
            "responses":{"200":{"description":"OK","content":{\(string(route.answers)):{}}}}}
            """
    }

    private static func parameter(_ name: String, _ place: String, _ help: String, isRequired: Bool) -> String {
        """
        {"name":\(string(name)),"in":"\(place)","description":\(string(help)),"required":\(isRequired),\
        "schema":{"type":"string"}}
        """
    }

    private static func string(_ text: String) -> String {
        var result = "\""
        for scalar in text.unicodeScalars {
            switch scalar {
            case "\"", "\\": result += "\\" + String(scalar)
            case _ where scalar.value < 0x20: result += " "
            default: result.unicodeScalars.append(scalar)
            }
        }
        return result + "\""
    }
}

extension Sequence where Element: Hashable {
    /// Each once, in the order of their first places.
    fileprivate func uniqued() -> [Element] {
        var seen: Set<Element> = []
        return filter { seen.insert($0).inserted }
    }
}
