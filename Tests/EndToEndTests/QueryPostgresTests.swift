import Glibc
import KappaTestSupport
import Testing

@Suite("query, from PostgreSQL")
struct QueryPostgresTests {
    /// Whatever the table holds, and PostgreSQL itself reads it back.
    @Test func csvReadBackIsTheTable() async throws {
        let scene = try await SinkScene.make(partitions: 1)
        try await scene.produce(windows: 30, boreholes: 30)
        let drained = try await Kappa.run(scene.sinkWords(["--drain"]))
        #expect(drained.status == 0, "\(drained.errors)")
        let hard = [
            (#"E'a,b'"#, "''", "'NaN'", "0001-01-01 00:00:00+00"),
            (#"E'say "hi"'"#, "NULL", "'Infinity'", "2022-04-15"),
            (#"E'two\nlines'"#, "'\"'", "'-Infinity'", "9999-12-31 23:59:59.999+00"),
            (#"E'carriage\rreturn '"#, "','", "0.1::float8 + 0.2", "2022-04-15 22:06:38.737123+00"),
            (#"E'孔\\N'"#, "'NULL'", "1e300", "1969-12-31 23:59:59.5+00"), ("E' '", "'\\.'", "-5e-324", "2022-04-15"),
        ]
        for (offset, (borehole, units, reading, time)) in hard.enumerated() {
            _ = try scene.query(
                """
                INSERT INTO record (boreholenumber, instrument, reading, ts, units, window_start, window_end, count, \
                source_topic, source_partition, source_offset) VALUES (\(borehole), 'by hand', \(reading), '\(time)', \
                \(units), '\(time)', '\(time)', 1, 'none', 0, \(offset))
                """)
        }
        let csv = try await Kappa.run("query", "--csv", "--store", scene.postgres.url(SinkScene.database))
        #expect(csv.status == 0, "\(csv.errors)")
        let file = try scene.folder.write("record.csv", csv.output)
        chmod(scene.folder.path, 0o755)
        chmod(file, 0o644)
        let answer = try scene.query(
            """
            CREATE TABLE back (LIKE record__g1); COPY back FROM '\(file)' WITH (FORMAT csv, HEADER match);
            SELECT count(*) FROM back; TABLE record EXCEPT ALL TABLE back; TABLE back EXCEPT ALL TABLE record;
            """)
        #expect(answer.split(separator: "\n").filter { !["CREATE TABLE", "COPY 1806"].contains($0) } == ["1806"])
        // A program gets JSON that it can read: what is no number to JSON is a text.
        let lines = try await Kappa.run(
            "query", "--ndjson", "-i", "by hand", "--store", scene.postgres.url(SinkScene.database))
        #expect(lines.output.contains(#""reading":"NaN""#) && lines.output.contains(#""boreholenumber":"two\nlines""#))
    }
}
