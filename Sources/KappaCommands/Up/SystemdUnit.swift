import Glibc
import KappaCore

/// `kappa up --systemd`: a unit that runs the pipeline as a service.
enum SystemdUnit {
    static func text(_ context: CommandContext) throws -> String {
        let file = try context[UpOptions.file].map(absolute)
        var words = ["/usr/local/bin/kappa", "up", "--data", "%S/kappa"]
        if let file { words += ["--file", file] }
        if context.isGiven(BrokerOptions.brokers) { words += ["--brokers", context[BrokerOptions.brokers]] }
        if context.isGiven(StoreOptions.store) { words += ["--store", context[StoreOptions.store]] }
        words += context[UpOptions.metrics].map { ["--metrics", "\($0)"] } ?? []
        return """
            # Save as /etc/systemd/system/kappa.service, then: systemctl enable --now kappa
            [Unit]
            Description=kappa, a Kappa-architecture pipeline
            Documentation=man:kappa-up(1)
            After=network-online.target
            Wants=network-online.target

            [Service]
            ExecStart=\(words.map(quoted).joined(separator: " "))
            # The pipeline stops its stages in order; whoever is left is killed after this time.
            KillMode=mixed
            TimeoutStopSec=60
            Restart=on-failure
            RestartSec=5
            # Ctrl-C's and SIGTERM's statuses are clean ends.
            SuccessExitStatus=130 143
            DynamicUser=yes
            StateDirectory=kappa
            NoNewPrivileges=yes
            ProtectSystem=strict
            ProtectHome=yes
            PrivateTmp=yes

            [Install]
            WantedBy=multi-user.target

            """
    }

    /// systemd reads % and " itself; %S is meant.
    private static func quoted(_ word: String) -> String {
        guard word != "%S/kappa" else { return word }
        let escaped = word.map { $0 == "%" ? "%%" : $0 == "\"" || $0 == "\\" ? "\\\($0)" : String($0) }.joined()
        return escaped.contains { $0 == " " || $0 == "\"" || $0 == "'" || $0 == "$" } ? "\"\(escaped)\"" : escaped
    }

    private static func absolute(_ path: String) throws -> String {
        guard let resolved = realpath(path, nil) else {
            throw UsageError("--file: \(path) cannot be read: \(String(cString: strerror(errno)))")
        }
        defer { free(resolved) }
        return String(cString: resolved)
    }
}
