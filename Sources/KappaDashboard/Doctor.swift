import Glibc
import KappaCore
import KappaHTTP
import KappaKafka
import KappaStores

/// Looks whether what the page stands on is well, and says what it found.
struct Doctor {
    enum State: String { case good, poor, bad }

    let site: Site
    let answers: ViewAnswers
    let watch: BrokerWatch
    let feed: Feed
    let alarms: AlarmAnswers

    private typealias Check = (name: String, state: State, words: String)

    func answer(_ request: HTTPRequest) -> HTTPResponse {
        let doors = site.doors(request)
        let checks = [store, brokers, lag, streams, standing]
        var json = JSONWriter()
        json.object { json in
            json.key("checks")
            json.array { json in
                for check in checks {
                    json.object {
                        $0.key("name", check.name)
                        $0.key("state", check.state.rawValue)
                        $0.key("words", check.words)
                    }
                }
            }
            // Both are the names that may be shown: no password is in them.
            json.key("store", site.settings.store.name)
            json.key("view", site.settings.view.description)
            json.key("brokers", site.settings.brokers.brokers)
            json.key("started", site.started)
            json.key("alarms", alarms.watch.topic)
            json.key("hasLevels", site.settings.levels() != nil)
            json.key("doors")
            json.object {
                $0.key("pandas", doors.pandas)
                $0.key("powerBI", doors.powerBI)
            }
        }
        return HTTPResponse(contentType: "application/json", body: json.bytes)
    }

    private var store: Check {
        let begin = ContinuousClock.now
        do {
            let status = try answers.ask { try $0.status() }
            let took = begin.duration(to: .now).wholeMilliseconds
            switch status.state {
            case .current:
                let rows = status.rows.map { ", about \($0) rows" } ?? ""
                return ("view store", took > 500 ? .poor : .good, "answers in \(took) ms\(rows)")
            case .missing: return ("view store", .poor, "there is no view yet: kappa sink makes and fills it")
            case .older: return ("view store", .poor, "the view is older than this program: kappa store migrate")
            case .foreign(let what): return ("view store", .bad, "something else bears the view's name: \(what)")
            }
        } catch { return ("view store", .bad, (error as? any Failure)?.description ?? "\(error)") }
    }

    private var brokers: Check {
        let view = watch.now
        if let trouble = view.trouble { return ("brokers", .bad, trouble) }
        guard view.at != nil else { return ("brokers", .poor, "have not answered yet") }
        return ("brokers", .good, "\(view.topics.count) topics, \(view.groups.count) groups")
    }

    private var lag: Check {
        guard let worst = watch.now.groups.max(by: { $0.lag < $1.lag }) else {
            return ("lag", .poor, "no group reads the topics")
        }
        return ("lag", worst.lag > 100_000 ? .poor : .good, "at most \(worst.lag) records (\(worst.name))")
    }

    private var streams: Check {
        if let trouble = feed.trouble { return ("live feed", .bad, trouble) }
        return ("live feed", .good, "browsers that are looking: \(feed.clientCount)")
    }

    private var standing: Check {
        let figures = alarms.figures
        if let trouble = figures.trouble { return ("alarms", .bad, trouble) }
        guard figures.isThere else {
            return ("alarms", .poor, "there is no topic '\(alarms.watch.topic)': kappa alarms run raises alarms")
        }
        return ("alarms", .good, "\(figures.standing) stand, \(figures.open) of them open")
    }
}
