import CMariaDB
import KappaStores

extension StoreError {
    /// What an error's number means for the one who has to go on: the tables of MariaDB's and MySQL's manuals.
    init(number: UInt32, state: String, message: String, store: String) {
        let code: Code
        switch Int32(bitPattern: number) {
        // The connection is gone, the server ends, or this connection was ended by somebody.
        case 2000...2006, 2013, 2055, 1053, 1152...1161, 1184, 1927, 3169, 4031: code = .connection
        // A lock that did not come, a deadlock, too many connections, a read-only or full server, a cluster's vote.
        case 1205, 1213, 1020, 1040, 1203, 1226, 1180, 1290, 1836, 1792, 1021, 1041, 1114, 1135, 1047, 1637, 1028:
            code = .tryAgain
        case 1062: code = .duplicateKey
        // Too long, out of range, no number, no time, null, no UTF-8, a check, a trigger's own refusal.
        case 1406, 1264, 1366, 1292, 1411, 1048, 1265, 1300, 3140, 4025, 3819, 1690, 1367, 1364, 1644, 1118, 1153:
            code = .refusedData
        case 1146, 1054, 1049, 1050, 1142, 1143, 1044, 1356: code = .schema
        case 1045, 1698, 2059, 2026, 2061, 1275, 1130, 1251: code = .usage
        case 1064, 1149, 1052, 1055, 1140, 1305, 1222, 1235, 1241, 1242: code = .statement
        default: code = .failed
        }
        self.init(code, message, of: store, state: state)
    }
}
