/** The key-value store: a state machine with etcd's semantics. */

export { KeyValueMachine, type KvStatistics } from "./key-value-machine.ts"
