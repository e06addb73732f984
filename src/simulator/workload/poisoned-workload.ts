/**
 * Any workload, some of whose writes no state machine understands: `apply` throws at them, on every server, and changes nothing. A share of all
 * writes is such, or a script asks for one. What servers that refuse make of them has to be the same everywhere, in sessions and across snapshots.
 */

import type { ApplyContext, SnapshotSink, StateMachine } from "../../replica/index.ts"
import { chance, purposes } from "../ground/randomness.ts"
import type { Workload } from "./workload.ts"

/** The first byte of a poison command: no other command of a world begins so. */
const poisonMark = 0xff
const poisonBytes = 5

export function poisonedWorkload(inner: Workload, seed: number, rate: number): Workload {
  return {
    ...inner,
    createMachine: () => new PoisonableMachine(inner.createMachine()),
    command(operation, expected, paddingBytes) {
      if (operation.isPoison !== true && !chance(rate, seed, purposes.poison, operation.id))
        return inner.command(operation, expected, paddingBytes)
      const bytes = new Uint8Array(poisonBytes)
      bytes[0] = poisonMark
      new DataView(bytes.buffer).setUint32(1, operation.id)
      return bytes
    },
    explain: (command, result) => (isPoison(command) ? { operationId: 0, effect: null } : inner.explain(command, result)),
    describe: (command) => (isPoison(command) ? null : (inner.describe?.(command) ?? null)),
  }
}

/** What is thrown at such a command, and by no machine for a reason of its own. */
export class Poison extends Error {}

class PoisonableMachine implements StateMachine {
  private readonly inner: StateMachine

  constructor(inner: StateMachine) {
    this.inner = inner
  }

  apply(command: Uint8Array, context: ApplyContext): Uint8Array {
    if (isPoison(command)) throw new Poison("poison")
    return this.inner.apply(command, context)
  }

  query(query: unknown): unknown {
    return this.inner.query(query)
  }

  snapshot(): Iterator<Uint8Array> {
    return this.inner.snapshot()
  }

  restore(): SnapshotSink {
    return this.inner.restore()
  }

  clone(): PoisonableMachine {
    return new PoisonableMachine(this.inner.clone())
  }

  hash(): number {
    return this.inner.hash?.() ?? 0
  }
}

/** Whether a command is one of these. */
export function isPoison(command: Uint8Array): boolean {
  return command.length === poisonBytes && command[0] === poisonMark
}
