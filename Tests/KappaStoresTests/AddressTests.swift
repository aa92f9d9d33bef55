import KappaCore
import Testing

@testable import KappaStores

@Suite("Addresses and names")
struct AddressTests {
    @Test func everyWayToNameAStoreIsUnderstood() throws {
        #expect(try StoreAddress(word: "sqlite:a b.db") == .sqlite(path: "a b.db"))
        #expect(try StoreAddress(word: "postgres://h/d") == .postgres(conninfo: "postgres://h/d"))
        #expect(try StoreAddress(word: "postgres:") == .postgres(conninfo: ""))
        #expect(try StoreAddress(word: "postgres:service=site") == .postgres(conninfo: "service=site"))
        #expect(try StoreAddress(word: "host=h dbname=d") == .postgres(conninfo: "host=h dbname=d"))
    }

    @Test(arguments: ["", "sqlite:", "mysql://root:secret@h/d", "record.db"])
    func anotherWordIsRefusedWithoutRepeatingIt(_ word: String) {
        let error = #expect(throws: StoreError.self) { try StoreAddress(word: word) }
        #expect(error?.code == .usage)
        #expect(error?.message.contains("secret") == false)
    }

    @Test(arguments: [
        "postgres://me:secret@db:5433/site?sslmode=require", "host=db port=5433 dbname=site user=me password=secret",
        "postgres://db:5433/site?user=me&password=secret",
    ])
    func aNameShowsNoPassword(_ conninfo: String) throws {
        let address = try StoreAddress(word: conninfo)
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
