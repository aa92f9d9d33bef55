import KappaArguments
import KappaDashboard
import KappaHTTP
import KappaStores

/// What the page and the report share: the site's name, its zone, the view.
enum ServeOptions {
    static let site = Option<String>(
        "site", type: .string("NAME"), default: "kappa", help: "The name of the site, at the top of every page.")
    static let zone = Option<String?>(
        "zone", type: .string("ZONE"), help: "The zone in which the site reckons its days, such as Europe/London.",
        discussion: "Without it, this machine's.")

    static let shared: [any ParameterKey] = [site, zone, QueryCommand.table]

    static func zone(_ context: CommandContext) throws -> SiteZone {
        let name = context[zone] ?? SiteZone.ofMachine
        guard let zone = SiteZone(name) else {
            throw UsageError(
                "--zone: there is no zone '\(name)' on this machine",
                hint: "Write a name of /usr/share/zoneinfo, such as Europe/London, or UTC.")
        }
        return zone
    }

    static func view(_ context: CommandContext) throws -> ViewName { try ViewName.chosen(context, QueryCommand.table) }
}
