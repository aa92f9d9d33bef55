import KappaCore
package import KappaHTTP

/// A pipeline's figures, as Prometheus reads them.
package enum PipelineMetrics {
    package static func page(_ snapshot: PipelineSnapshot) -> MetricsPage {
        var page = MetricsPage()
        let books = snapshot.books
        page.add(
            "kappa_pipeline_produced_readings_total", .counter, "Readings in the raw topic.", Double(books.produced))
        page.add(
            "kappa_pipeline_settled_readings_total", .counter, "Readings that found their end, by which.",
            [
                ([("end", "stored")], Double(books.stored)), ([("end", "late")], Double(books.late)),
                ([("end", "dead")], Double(books.dead)),
            ])
        page.add("kappa_pipeline_stored_windows_total", .counter, "Windows in the view.", Double(books.windows))
        page.add("kappa_pipeline_open_readings", .gauge, "Readings unread or in open windows.", Double(books.open))
        page.add(
            "kappa_pipeline_stage_running", .gauge, "Whether the stage runs.",
            snapshot.stages.map { ([("stage", $0.name)], ["running", "draining"].contains($0.state) ? 1 : 0) })
        page.add(
            "kappa_pipeline_stage_restarts_total", .counter, "How often the stage was started again.",
            snapshot.stages.map { ([("stage", $0.name)], Double($0.restarts)) })
        page.add(
            "kappa_pipeline_uptime_seconds", .gauge, "How long the pipeline has run.",
            Double(snapshot.elapsed.wholeMilliseconds) / 1000)
        return page
    }
}
