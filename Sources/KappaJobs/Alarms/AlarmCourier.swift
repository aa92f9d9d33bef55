/// A way to tell somebody.
package protocol AlarmCourier {
    /// Returns once the receiver has it.
    func tell(_ message: AlarmMessage) throws
}

/// A receiver: the courier, whose words its own name says, and which alarms it is for.
package struct AlarmReceiver {
    /// Without secrets; the record of what was told is kept under it.
    package var name: String
    /// Only alarms whose register line tells these; nil for all.
    package var who: String?
    package var courier: any AlarmCourier

    package init(name: String, who: String?, courier: any AlarmCourier) {
        (self.name, self.who, self.courier) = (name, who, courier)
    }

    func hears(_ record: AlarmRecord) -> Bool {
        guard let who else { return true }
        return record.tell?.split(separator: ";").contains { $0.drop { $0 == " " } == who[...] } ?? false
    }
}
