import KappaStores

extension StoreError {
    /// What a refusal of a whole call means for the one who has to go on.
    init(_ answer: ElasticAnswer, of store: String) {
        let type = answer.errorType ?? ""
        var hint: String?
        let code: Code
        switch answer.status {
        case 401:
            code = .usage
            hint = "The password comes from ELASTIC_PASSWORD or ?password-file=FILE, an API key from ELASTIC_API_KEY."
        case 403 where type != "cluster_block_exception":
            code = .schema
            hint = "The sink's user needs the right to read, write and manage the view's indices and 'kappa*'."
        case 403, 408, 429, 500...599:
            code = .tryAgain
            if type == "cluster_block_exception" { hint = StoreError.blockHint }
        case 404: code = .schema
        case 400 where type == "index_closed_exception": code = .tryAgain
        default: code = .failed
        }
        self.init(code, answer.reason, of: store, hint: hint, state: type.isEmpty ? nil : type)
    }

    static let blockHint = "The index refuses writes: its disk may be full, or somebody has set a block."
}

/// What becomes of one item of a bulk request: the table of the sink's behaviour.
enum BulkItem: Equatable {
    case stored
    /// The server holds a later version; ours is of no account any more.
    case superseded
    case tryAgain(String)
    /// The index is blocked for writing, by a full disk or by a person: waiting helps, trying at once does not.
    case blocked(String)
    /// The document is at fault.
    case refused(type: String, reason: String)
    /// Something else is at fault, which no document is to be lost for.
    case stopped(status: Int, type: String, reason: String)

    init(status: Int, type: String, reason: String, isDelete: Bool) {
        switch status {
        case 200...299: self = .stored
        case 404 where isDelete && type.isEmpty: self = .stored
        case 409: self = .superseded
        // A flood of the disk is said with 429, a block that a person has set with 403: neither is load.
        case 403, 429, 503:
            self =
                type == "cluster_block_exception"
                ? .blocked(reason)
                : status == 403 ? .stopped(status: status, type: type, reason: reason) : .tryAgain(reason)
        case 408, 500, 502, 504: self = .tryAgain(reason)
        case 400 where type == "index_closed_exception": self = .blocked(reason)
        case 400 where BulkItem.isDocumentsFault(type, reason): self = .refused(type: type, reason: reason)
        default: self = .stopped(status: status, type: type, reason: reason)
        }
    }

    /// A status of 400 alone says nothing: a missing pipeline and an alias without an index to write to have it, too.
    private static func isDocumentsFault(_ type: String, _ reason: String) -> Bool {
        switch type {
        case "mapper_parsing_exception", "document_parsing_exception", "strict_dynamic_mapping_exception",
            "fail_processor_exception":
            true
        // A keyword of more than 32,766 bytes: so says everybody but Elasticsearch 8.
        case "illegal_argument_exception": reason.contains("immense term") || reason.contains("max_bytes_length")
        case "max_bytes_length_exceeded_exception": true
        default: false
        }
    }
}
