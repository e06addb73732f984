/** Transactions and single requests: what is wrong with them, and carrying them out. */

export { checkKvRequest, checkRequest } from "./check.ts"
export { answerRange, execute, executeTxn } from "./execute.ts"
export { ceilings, defaultKvLimits, type KvLimits } from "./limits.ts"
