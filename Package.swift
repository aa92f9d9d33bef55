// swift-tools-version: 6.2
import PackageDescription

let settings: [SwiftSetting] = [
    .swiftLanguageMode(.v6),
    .enableUpcomingFeature("InternalImportsByDefault"),
    .enableUpcomingFeature("MemberImportVisibility"),
    .enableUpcomingFeature("ExistentialAny"),
    .treatAllWarnings(as: .error),
    // Whether two accesses overlap is proven in the tests, which are built for debugging, and not paid for at each
    // record: it came to a twentieth of a job's time.
    .unsafeFlags(["-enforce-exclusivity=unchecked"], .when(configuration: .release)),
]

/// A module of the program, `Sources/<name>`.
func room(_ name: String, _ dependencies: [Target.Dependency] = [], excluding: [String] = []) -> Target {
    .target(name: name, dependencies: dependencies, exclude: excluding, swiftSettings: settings)
}

/// The tests of a module, `Tests/<name>`.
func tests(_ name: String, _ dependencies: [Target.Dependency], excluding: [String] = []) -> Target {
    .testTarget(
        name: name, dependencies: dependencies + ["KappaTestSupport"], exclude: excluding,
        swiftSettings: settings)
}

/// A C library from Debian: a module map and a shim header, nothing else.
func library(_ name: String, pkgConfig: String? = nil, apt: String) -> Target {
    .systemLibrary(name: name, pkgConfig: pkgConfig, providers: [.apt([apt])])
}

let package = Package(
    name: "kappa",
    products: [.executable(name: "kappa", targets: ["kappa"])],
    targets: [
        library("CRdKafka", pkgConfig: "rdkafka", apt: "librdkafka-dev"),
        // These three are not linked: COnDemand opens them.
        library("CLibPQ", apt: "libpq-dev"),
        library("CMariaDB", apt: "libmariadb-dev"),
        library("CCurl", apt: "libcurl4-openssl-dev"),
        library("CSQLite", pkgConfig: "sqlite3", apt: "libsqlite3-dev"),
        library("COpenSSL", pkgConfig: "openssl", apt: "libssl-dev"),
        library("CZlib", pkgConfig: "zlib", apt: "zlib1g-dev"),
        library("CLZ4", pkgConfig: "liblz4", apt: "liblz4-dev"),
        library("CZstd", pkgConfig: "libzstd", apt: "libzstd-dev"),
        .target(name: "CProcessor"),
        .target(name: "CArguments"),
        .target(name: "COnDemand", dependencies: ["CLibPQ", "CMariaDB", "CCurl"]),
        .systemLibrary(name: "CLinux"),
        .target(name: "CPages"),

        room("KappaCore", ["CLinux"]),
        room("KappaArguments"),
        room("KappaTerminal", ["KappaCore"]),
        room("KappaRecords", ["CProcessor", "CLZ4", "CZlib", "CZstd"]),
        room("KappaLog", ["KappaCore", "KappaRecords", "CProcessor"]),
        room("KappaWire", ["KappaCore"]),
        room("KappaNetwork", ["KappaCore", "CLinux", "COpenSSL"]),
        room("KappaBroker", ["KappaCore", "KappaNetwork", "KappaRecords", "KappaLog", "KappaWire", "CLinux"]),
        room(
            "KappaKafka",
            ["KappaCore", "KappaNetwork", "KappaDirect", "KappaRecords", "KappaWire", "CRdKafka", "CLinux"]),
        room("KappaDirect", ["KappaCore", "KappaNetwork", "KappaRecords", "KappaWire"]),
        room("KappaFormats", ["KappaCore", "KappaRecords"]),
        room("KappaStreams", ["KappaCore"]),
        room("KappaStores", ["KappaCore"]),
        room("KappaPostgres", ["KappaCore", "KappaStores", "CLibPQ", "COnDemand"]),
        room("KappaSQLite", ["KappaCore", "KappaStores", "CSQLite"]),
        room("KappaMariaDB", ["KappaCore", "KappaStores", "CMariaDB", "COnDemand"]),
        room("KappaElastic", ["KappaCore", "KappaStores", "KappaHTTP"]),
        room("KappaSimulation", ["KappaCore"]),
        room("KappaRegistry", ["KappaCore", "KappaFormats", "KappaHTTP", "KappaJobs", "KappaKafka"]),
        room("KappaHTTP", ["KappaCore", "KappaNetwork", "CCurl", "COnDemand", "CLinux", "CZlib"]),
        room(
            "KappaDashboard",
            [
                "KappaCore", "KappaHTTP", "KappaJobs", "KappaKafka", "KappaNetwork", "KappaStores", "KappaStreams",
                "KappaTerminal", "CPages", "CZlib",
            ], excluding: ["Pages"]),
        room(
            "KappaJobs",
            [
                "KappaCore", "KappaRecords", "KappaKafka", "KappaDirect", "KappaFormats", "KappaStreams", "KappaStores",
            ]),
        room(
            "KappaPipeline",
            ["KappaCore", "KappaHTTP", "KappaKafka", "KappaSimulation", "KappaStores", "KappaTerminal"]),
        room("KappaQueries", ["KappaCore", "KappaFormats", "KappaStores", "KappaTerminal"]),
        room(
            "KappaCommands",
            [
                "KappaCore", "KappaArguments", "KappaTerminal", "KappaLog", "KappaBroker", "KappaKafka",
                "KappaFormats", "KappaStreams", "KappaStores", "KappaPostgres", "KappaSQLite", "KappaMariaDB",
                "KappaElastic",
                "KappaSimulation", "KappaHTTP", "KappaNetwork", "KappaDashboard", "KappaJobs", "KappaPipeline",
                "KappaQueries", "KappaRegistry", "CArguments",
            ]),
        .executableTarget(name: "kappa", dependencies: ["KappaCommands"], swiftSettings: settings),

        .target(
            name: "KappaTestSupport", dependencies: ["KappaCore", "KappaWire"], path: "Tests/KappaTestSupport",
            swiftSettings: settings),
        tests("KappaCoreTests", ["KappaCore"]),
        tests("KappaArgumentsTests", ["KappaArguments"]),
        tests("KappaTerminalTests", ["KappaTerminal", "KappaCore"]),
        tests("KappaLogTests", ["KappaLog", "KappaRecords", "KappaCore"]),
        tests("KappaWireTests", ["KappaWire", "KappaCore"], excluding: ["Fixtures"]),
        tests(
            "KappaBrokerTests",
            ["KappaBroker", "KappaNetwork", "KappaWire", "KappaLog", "KappaRecords", "KappaCore"],
            excluding: ["Clients"]),
        tests("KappaKafkaTests", ["kappa", "KappaKafka", "KappaWire", "KappaCore", "CRdKafka"]),
        tests(
            "KappaDirectTests",
            ["kappa", "KappaDirect", "KappaKafka", "KappaNetwork", "KappaRecords", "KappaWire", "KappaCore"]),
        .executableTarget(
            name: "AvroTrials", dependencies: ["KappaCore", "KappaFormats"], path: "Tests/AvroTrials",
            swiftSettings: settings),
        tests(
            "KappaFormatsTests", ["AvroTrials", "KappaFormats", "KappaCore"],
            excluding: ["Fixtures", "oracle.py", "csv_oracle.py"]),
        tests("KappaStreamsTests", ["KappaStreams", "KappaCore"], excluding: ["DeadLetters"]),
        tests(
            "KappaStoresTests",
            [
                "KappaStores", "KappaPostgres", "KappaSQLite", "KappaMariaDB", "KappaElastic", "KappaHTTP",
                "KappaCore",
            ], excluding: ["Fixtures", "elastic_faults.py"]),
        tests("KappaSimulationTests", ["KappaSimulation", "KappaCore"]),
        tests("KappaRegistryTests", ["KappaRegistry", "KappaFormats", "KappaHTTP", "KappaCore"]),
        tests("KappaHTTPTests", ["KappaHTTP", "KappaNetwork", "KappaCore"]),
        tests("KappaDashboardTests", ["KappaDashboard", "KappaHTTP", "KappaCore"]),
        tests(
            "KappaJobsTests",
            [
                "KappaJobs", "KappaBroker", "KappaNetwork", "KappaKafka", "KappaStores", "KappaSQLite", "KappaStreams",
                "KappaDirect", "KappaCore",
            ]),
        tests(
            "KappaPipelineTests",
            ["KappaPipeline", "KappaHTTP", "KappaKafka", "KappaStores", "KappaTerminal", "KappaCore"]),
        tests(
            "KappaCommandsTests",
            [
                "KappaCommands", "KappaPipeline", "KappaJobs", "KappaStores", "KappaSQLite", "KappaArguments",
                "KappaCore",
            ]),
        tests(
            "EndToEndTests", ["kappa", "KappaBroker", "KappaWire", "KappaCore"],
            excluding: [
                "Alarms/alarms.py", "Alarms/receivers.py", "Generations/difference.py", "Process/oracle.py",
                "Schemas/registry_clients.py", "Schemas/avro_topics.py", "examples.py", "Dashboard/browser.py",
                "Dashboard/lost.py", "Dashboard/pages.py", "Dashboard/alarms_page.py", "Dashboard/generations_page.py",
                "Dashboard/changes.py", "Dashboard/operator_page.py", "Dashboard/states.py", "Dashboard/switched.py",
            ]),
        tests("TidyTests", []),
    ]
)
