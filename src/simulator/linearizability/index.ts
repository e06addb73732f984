/** Judges what clients saw, without a look at any server: histories of operations on keys, and of watches. */

export type { KeyCall, KeyCompare, Key, Operation, Result, KeyTransaction, TransactionStep, Value } from "./history.ts"
export { judgeHistory, type HistoryJudgement } from "./judge.ts"
export { judgeWatch, type Change, type WatchDelivery, type Watch, type WatchVerdict } from "./judge-watch.ts"
