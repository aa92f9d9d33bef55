import KappaCore
import Testing

@testable import KappaMariaDB
@testable import KappaPostgres
@testable import KappaSQLite
@testable import KappaStores

@Suite("Addresses and names")
struct AddressTests {
    private let kinds = StoreKinds([.postgres, .sqlite])

    @Test func everyWayToNameAStoreIsUnderstood() throws {
        #expect(try kinds.address("sqlite:a b.db") == .sqlite(path: "a b.db"))
        #expect(try kinds.address("postgres://h/d") == .postgres(conninfo: "postgres://h/d"))
        #expect(try kinds.address("postgres:") == .postgres(conninfo: ""))
        #expect(try kinds.address("postgres:service=site") == .postgres(conninfo: "service=site"))
        #expect(try kinds.address("host=h dbname=d") == .postgres(conninfo: "host=h dbname=d"))
    }

    @Test(arguments: ["", "sqlite:", "oracle://root:secret@h/d", "record.db"])
    func anotherWordIsRefusedWithoutRepeatingIt(_ word: String) {
        let error = #expect(throws: StoreError.self) { try kinds.address(word) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        "postgres://me:secret@db:5433/site?sslmode=require", "host=db port=5433 dbname=site user=me password=secret",
        "postgres://db:5433/site?user=me&password=secret",
    ])
    func aNameShowsNoPassword(_ conninfo: String) throws {
        let address = try kinds.address(conninfo)
        #expect(address.name == "postgres://me@db:5433/site")
        #expect(address.holdsPassword)
    }

    @Test func aConnectionStringThatCannotBeReadIsNotRepeated() throws {
        let error = #expect(throws: StoreError.self) {
            try PostgresStore(conninfo: "host=h password=se cret", purpose: .reading)
        }
        #expect(error?.code == .usage)
        #expect(error?.description.contains("cret") == false)
    }

    @Test(arguments: ["record", "site.record", "r_2"])
    func plainNamesAreNames(_ word: String) throws {
        #expect(try ViewName(word: word).description == word)
    }

    @Test(arguments: [
        "", "Record", "2r", "a.b.c", "a b", "a\"b", "a;b", "record__g2", "é", String(repeating: "a", count: 41),
    ])
    func otherNamesAreRefused(_ word: String) {
        #expect(throws: StoreError.self) { try ViewName(word: word) }
    }
}
