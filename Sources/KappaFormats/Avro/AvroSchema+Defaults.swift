extension AvroSchema {
    /// The first default that is not of its field's type. The specification forbids them, and many schemas in use have
    /// them; they matter where one is registered, and where one is needed.
    package var wrongDefault: String? {
        for type in types {
            for field in type.fields {
                guard let text = field.fallback, let fault = AvroDefault(self, field.type, text).fault else { continue }
                return "the default of \(type.label).\(field.name) is none for its type: \(fault)"
            }
        }
        return nil
    }
}
