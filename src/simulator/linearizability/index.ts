/** Judges what clients saw, without a look at any server: histories of operations on keys, and of watches. */

export type { Call, Compare, Key, Operation, Result, Transaction, TransactionStep, Value } from "./history.ts"
export { judgeHistory, type Verdict } from "./judge.ts"
export { judgeWatch, type Change, type Delivery, type Watch, type WatchVerdict } from "./judge-watch.ts"
