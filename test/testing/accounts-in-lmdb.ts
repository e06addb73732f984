// The example `examples/accounts-in-lmdb`, with types.

import type { MachinePoint, StateMachine } from "../../src/replica/index.ts"

export interface Account {
  readonly cents: number
  readonly last: number
}

export interface Accounts extends StateMachine<string, Account | null> {
  applied: number
  commits: number
  close(): Promise<void>
  hash(): number
  release(): void
  clone(): Accounts
  appliedIndex(): number
  records(): Iterable<readonly [number, Uint8Array]>
  persist(point: MachinePoint): void
}

const example: unknown = await import(new URL("../../examples/accounts-in-lmdb/accounts.mjs", import.meta.url).href)
export const { Accounts } = example as {
  readonly Accounts: new (path?: string | null, options?: { readonly commitEntries?: number }) => Accounts
}

export function pay(id: number, to: string, cents: number): Uint8Array {
  return new TextEncoder().encode(JSON.stringify({ id, to, cents }))
}
