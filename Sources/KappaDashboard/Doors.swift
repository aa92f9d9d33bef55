import KappaCore
import KappaStores

/// Ready files and lines for other programs that read the same view.
struct Doors: Sendable {
    let store: String
    let isPostgres: Bool
    let view: ViewName
    /// How this server was asked for, such as `http://site:8080`.
    let address: String

    var pandas: String {
        """
        from pandas import read_csv
        readings = read_csv("\(address)/data/readings.csv?from=7d", parse_dates=["ts"])
        readings.pivot_table(index="ts", columns=["boreholenumber", "instrument"], values="reading").plot()
        """
    }

    var powerBI: String {
        let web = """
            Excel:    Data > From Web > \(address)/data/readings.csv?from=7d
            Power BI: Get data > Web > \(address)/data/readings.csv?from=30d
            """
        guard isPostgres else { return web }
        return web + "\n" + """
            Power BI: Get data > PostgreSQL database > \(store), table \(view); a role that may only read:
                      CREATE ROLE kappa_reader LOGIN; GRANT SELECT ON \(view) TO kappa_reader;
            """
    }

    var grafanaDataSource: String {
        guard isPostgres else {
            return """
                # The view is in SQLite, which Grafana has no data source for of its own. Put the results into PostgreSQL with
                # 'kappa sink postgres', or read \(address)/data/readings.csv with a data source for CSV.
                apiVersion: 1
                datasources: []

                """
        }
        return """
            # \(store), for /etc/grafana/provisioning/datasources/kappa.yaml
            apiVersion: 1
            datasources:
              - name: kappa
                uid: kappa
                type: postgres
                url: $KAPPA_DB_HOST
                user: kappa_reader
                secureJsonData:
                  password: $KAPPA_DB_PASSWORD
                jsonData:
                  database: $KAPPA_DB_NAME
                  sslmode: prefer

            """
    }

    /// One panel for each kind of instrument is what its variables make of this.
    var grafanaDashboard: String {
        var json = JSONWriter()
        let sql = """
            SELECT ts AS time, boreholenumber AS metric, reading AS value FROM \(view.inSQL) \
            WHERE $__timeFilter(ts) AND instrument = '${instrument:raw}' ORDER BY ts
            """
        json.object { json in
            json.key("title", "kappa: readings")
            json.key("uid", "kappa-readings")
            json.key("refresh", "10s")
            json.key("time")
            json.object {
                $0.key("from", "now-24h")
                $0.key("to", "now")
            }
            json.key("templating")
            json.object { json in
                json.key("list")
                json.array {
                    $0.object {
                        $0.key("name", "instrument")
                        $0.key("type", "query")
                        $0.key("refresh", 2.0)
                        $0.key("query", "SELECT DISTINCT instrument FROM \(view.inSQL) ORDER BY 1")
                        Doors.source(&$0)
                    }
                }
            }
            json.key("panels")
            json.array { $0.object { json in Doors.panel(sql, &json) } }
        }
        return String(decoding: json.bytes, as: UTF8.self)
    }

    private static func source(_ json: inout JSONWriter) {
        json.key("datasource")
        json.object {
            $0.key("type", "postgres")
            $0.key("uid", "kappa")
        }
    }

    private static func panel(_ sql: String, _ json: inout JSONWriter) {
        json.key("title", "${instrument}")
        json.key("type", "timeseries")
        json.key("gridPos")
        json.object {
            $0.key("h", 16.0)
            $0.key("w", 24.0)
            $0.key("x", 0.0)
            $0.key("y", 0.0)
        }
        source(&json)
        json.key("targets")
        json.array {
            $0.object {
                $0.key("refId", "A")
                $0.key("format", "time_series")
                $0.key("rawQuery", true)
                $0.key("rawSql", sql)
                source(&$0)
            }
        }
    }
}
