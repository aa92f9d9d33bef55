import KappaWire

/// Answers of a node's own: errors, and the broker's answers in other words.
extension HostileConnection {
    func decode<Request: RequestMessage>(
        _: Request.Type, _ header: RequestHeader, _ body: ArraySlice<UInt8>
    ) -> Request? {
        body.withUnsafeBytes { try? Request(decodingStartOf: $0, version: header.version) }
    }

    func encode(_ answer: some ResponseMessage, _ header: RequestHeader) -> [UInt8]? {
        var writer = WireWriter()
        guard (try? answer.frame(correlationId: header.correlationId, version: header.version, into: &writer)) != nil
        else { return nil }
        return Array(writer.bytes.dropFirst(4))
    }

    func rewrite<Response: ResponseMessage>(
        _: Response.Type, _ header: RequestHeader, _ answer: [UInt8], _ change: (inout Response) -> Void
    ) -> [UInt8]? {
        answer.withUnsafeBytes { bytes in
            guard var body = try? Response.decode(frame: bytes, version: header.version).body else { return nil }
            change(&body)
            return encode(body, header)
        }
    }

    func throttle(_ key: ApiKey, _ header: RequestHeader, _ answer: [UInt8], _ time: Duration) -> [UInt8]? {
        let milliseconds = Int32(time.components.seconds * 1000 + time.components.attoseconds / 1_000_000_000_000_000)
        switch key {
        case .produce: return rewrite(ProduceResponse.self, header, answer) { $0.throttleTimeMs = milliseconds }
        case .fetch: return rewrite(FetchResponse.self, header, answer) { $0.throttleTimeMs = milliseconds }
        case .metadata: return rewrite(MetadataResponse.self, header, answer) { $0.throttleTimeMs = milliseconds }
        default: return answer
        }
    }

    /// What a node answers that is asked for what lives on another one.
    func misplaced(_ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>) -> ErrorCode? {
        var name: String?
        switch key {
        case .offsetFetch: name = decode(OffsetFetchRequest.self, header, body)?.groupId
        case .offsetCommit: name = decode(OffsetCommitRequest.self, header, body)?.groupId
        case .joinGroup: name = decode(JoinGroupRequest.self, header, body)?.groupId
        case .syncGroup: name = decode(SyncGroupRequest.self, header, body)?.groupId
        case .heartbeat: name = decode(HeartbeatRequest.self, header, body)?.groupId
        case .leaveGroup: name = decode(LeaveGroupRequest.self, header, body)?.groupId
        case .describeGroups: name = decode(DescribeGroupsRequest.self, header, body)?.groups.first
        case .deleteGroups: name = decode(DeleteGroupsRequest.self, header, body)?.groupsNames.first
        case .txnOffsetCommit: name = decode(TxnOffsetCommitRequest.self, header, body)?.groupId
        case .initProducerId: name = decode(InitProducerIdRequest.self, header, body)?.transactionalId
        case .addPartitionsToTxn: name = decode(AddPartitionsToTxnRequest.self, header, body)?.transactionalId
        case .addOffsetsToTxn: name = decode(AddOffsetsToTxnRequest.self, header, body)?.transactionalId
        case .endTxn: name = decode(EndTxnRequest.self, header, body)?.transactionalId
        case .produce, .fetch, .listOffsets:
            return isForeign(key, header, body) ? .notLeaderOrFollower : nil
        default: return nil
        }
        guard let name else { return nil }
        return isCoordinator(of: name) ? nil : .notCoordinator
    }

    private func isForeign(_ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>) -> Bool {
        body.withUnsafeBytes { bytes in
            switch key {
            case .produce:
                guard let request = try? ProduceRequest(decodingStartOf: bytes, version: header.version) else {
                    return false
                }
                return request.topicData.contains { topic in
                    topic.partitionData.contains { !isLeader(of: topic.name, $0.index) }
                }
            case .fetch:
                guard let request = try? FetchRequest(decodingStartOf: bytes, version: header.version) else {
                    return false
                }
                return request.topics.contains { topic in
                    topic.partitions.contains { !isLeader(of: topic.topic, $0.partition) }
                }
            default:
                guard let request = try? ListOffsetsRequest(decodingStartOf: bytes, version: header.version) else {
                    return false
                }
                return request.topics.contains { topic in
                    topic.partitions.contains { !isLeader(of: topic.name, $0.partitionIndex) }
                }
            }
        }
    }

    /// The answer that says `code` of everything that was asked; nil for a kind that is not scripted.
    func refuse(_ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>, _ code: ErrorCode) -> [UInt8]? {
        switch key {
        case .findCoordinator:
            return encode(FindCoordinatorResponse { ($0.errorCode, $0.nodeId, $0.port) = (code, -1, -1) }, header)
        case .offsetFetch: return encode(OffsetFetchResponse { $0.errorCode = code }, header)
        case .joinGroup:
            return encode(JoinGroupResponse { ($0.errorCode, $0.generationId) = (code, -1) }, header)
        case .syncGroup: return encode(SyncGroupResponse { $0.errorCode = code }, header)
        case .heartbeat: return encode(HeartbeatResponse { $0.errorCode = code }, header)
        case .leaveGroup: return encode(LeaveGroupResponse { $0.errorCode = code }, header)
        case .listGroups: return encode(ListGroupsResponse { $0.errorCode = code }, header)
        case .initProducerId:
            return encode(
                InitProducerIdResponse { ($0.errorCode, $0.producerId, $0.producerEpoch) = (code, -1, -1) }, header)
        case .addOffsetsToTxn: return encode(AddOffsetsToTxnResponse { $0.errorCode = code }, header)
        case .endTxn: return encode(EndTxnResponse { $0.errorCode = code }, header)
        case .describeGroups:
            guard let request = decode(DescribeGroupsRequest.self, header, body) else { return nil }
            return encode(
                DescribeGroupsResponse {
                    $0.groups = request.groups.map { name in .init { ($0.groupId, $0.errorCode) = (name, code) } }
                }, header)
        case .deleteGroups:
            guard let request = decode(DeleteGroupsRequest.self, header, body) else { return nil }
            return encode(
                DeleteGroupsResponse {
                    $0.results = request.groupsNames.map { name in .init { ($0.groupId, $0.errorCode) = (name, code) } }
                }, header)
        case .offsetCommit, .txnOffsetCommit, .addPartitionsToTxn, .produce, .fetch, .listOffsets:
            return refuseEach(key, header, body, code)
        default: return nil
        }
    }

    private func refuseEach(
        _ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>, _ code: ErrorCode
    ) -> [UInt8]? {
        switch key {
        case .offsetCommit:
            guard let request = decode(OffsetCommitRequest.self, header, body) else { return nil }
            return encode(
                OffsetCommitResponse {
                    $0.topics = request.topics.map { topic in
                        .init {
                            $0.name = topic.name
                            $0.partitions = topic.partitions.map { asked in
                                .init { ($0.partitionIndex, $0.errorCode) = (asked.partitionIndex, code) }
                            }
                        }
                    }
                }, header)
        case .txnOffsetCommit:
            guard let request = decode(TxnOffsetCommitRequest.self, header, body) else { return nil }
            return encode(
                TxnOffsetCommitResponse {
                    $0.topics = request.topics.map { topic in
                        .init {
                            $0.name = topic.name
                            $0.partitions = topic.partitions.map { asked in
                                .init { ($0.partitionIndex, $0.errorCode) = (asked.partitionIndex, code) }
                            }
                        }
                    }
                }, header)
        case .addPartitionsToTxn:
            guard let request = decode(AddPartitionsToTxnRequest.self, header, body) else { return nil }
            return encode(
                AddPartitionsToTxnResponse {
                    $0.resultsByTopic = request.topics.map { topic in
                        .init {
                            $0.name = topic.name
                            $0.resultsByPartition = topic.partitions.map { asked in
                                .init { ($0.partitionIndex, $0.partitionErrorCode) = (asked, code) }
                            }
                        }
                    }
                }, header)
        default: return refuseRecords(key, header, body, code)
        }
    }

    private func refuseRecords(
        _ key: ApiKey, _ header: RequestHeader, _ body: ArraySlice<UInt8>, _ code: ErrorCode
    ) -> [UInt8]? {
        body.withUnsafeBytes { bytes in
            switch key {
            case .produce:
                guard let request = try? ProduceRequest(decodingStartOf: bytes, version: header.version) else {
                    return nil
                }
                return encode(
                    ProduceResponse {
                        $0.responses = request.topicData.map { topic in
                            .init {
                                $0.name = topic.name
                                $0.partitionResponses = topic.partitionData.map { asked in
                                    .init { ($0.index, $0.errorCode, $0.baseOffset) = (asked.index, code, -1) }
                                }
                            }
                        }
                    }, header)
            case .fetch:
                guard let request = try? FetchRequest(decodingStartOf: bytes, version: header.version) else {
                    return nil
                }
                return encode(
                    FetchResponse {
                        $0.responses = request.topics.map { topic in
                            .init {
                                $0.topic = topic.topic
                                $0.partitions = topic.partitions.map { asked in
                                    .init { ($0.partitionIndex, $0.errorCode) = (asked.partition, code) }
                                }
                            }
                        }
                    }, header)
            default:
                guard let request = try? ListOffsetsRequest(decodingStartOf: bytes, version: header.version) else {
                    return nil
                }
                return encode(
                    ListOffsetsResponse {
                        $0.topics = request.topics.map { topic in
                            .init {
                                $0.name = topic.name
                                $0.partitions = topic.partitions.map { asked in
                                    .init {
                                        ($0.partitionIndex, $0.errorCode, $0.offset) = (asked.partitionIndex, code, -1)
                                    }
                                }
                            }
                        }
                    }, header)
            }
        }
    }
}
