/**
 * The numbers that operations of the key-value store begin with: the first byte of every command and query.
 *
 * They share one number space with the client protocol, which leaves them everything below 32 (`storeOperationsEnd`), so a request's bytes
 * from the operation on are the command that goes into the log, untouched. Numbers are never given a second meaning: logs outlive versions.
 */

export const storeOperation = {
  /** `u8 1 | u16 key length | key | value`: the commonest command, in the fewest bytes. */
  put: 1,
  /** `u8 2 | u16 key length | key`: a query for one present value. */
  get: 2,
  deleteRange: 3,
  txn: 4,
  compact: 5,
  /** A put that asks for more than `put` can say: a lease, the previous pair, a kept value, a kept lease, a key beyond 65,535 bytes. */
  putWithOptions: 6,
  /** A query. */
  range: 7,
  /** A transaction that writes nothing, as a query: it needs no place in the log. */
  readTxn: 8,
} as const

/** Whether these bytes begin as a command: something that changes the store and so has to go through the log. */
export function isKvCommand(bytes: Uint8Array): boolean {
  switch (bytes[0]) {
    case storeOperation.put:
    case storeOperation.deleteRange:
    case storeOperation.txn:
    case storeOperation.compact:
    case storeOperation.putWithOptions:
      return true
    default:
      return false
  }
}
