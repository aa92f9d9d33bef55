import CMariaDB
package import KappaStores

extension StoreKind {
    package static let mariadb = StoreKind(
        name: "mysql", title: "MariaDB or MySQL", schemes: ["mariadb", "mysql"], form: "mariadb://USER@HOST/DATABASE",
        guarantee: .transaction,
        help: Help(
            abstract: "Fill a table in MariaDB or MySQL",
            discussion: """
                Rows and the sink's position are written in one transaction, as with 'kappa sink postgres'.

                --store is mariadb://USER@HOST:PORT/DATABASE or mysql://…; options follow a ?: socket=PATH, ca=FILE, \
                tls=off. The password comes from MYSQL_PWD or from ~/.my.cnf. To another machine the connection is \
                encrypted, and the server's certificate is checked.
                """,
            examples: [
                (
                    "kappa sink mysql --store mariadb://site@db/monitoring",
                    "Keep the table 'record' filled from the instruments' topics."
                )
            ]),
        library: Library("libmariadb", isOnDemand: true) { String(cString: mysql_get_client_info()) },
        address: { (word) throws(StoreError) in
            guard word.hasPrefix("mariadb:") || word.hasPrefix("mysql:") else { return nil }
            return try .mariadb(word)
        })
}

extension StoreAddress {
    package static func mariadb(_ word: String) throws(StoreError) -> StoreAddress {
        let address = try MariaDBAddress(word: word)
        return StoreAddress(
            kind: "mysql", name: address.name, word: word, holdsPassword: address.password != nil
        ) { (purpose) throws(StoreError) in
            try MariaDBStore(address, purpose: purpose)
        }
    }
}
