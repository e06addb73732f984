/** The key-value store: a state machine with etcd's semantics. */

export { type KvChange, KeyValueMachine, type KvRevision, type KvStatistics } from "./key-value-machine.ts"
export { checkKvRequest, defaultKvLimits, type KvLimits } from "./txn/index.ts"
