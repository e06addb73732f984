/** What the whole history says: for each key, whether some order explains every answer. */

import { judgeHistory, type Key, type Operation } from "../../src/simulator/linearizability/index.ts"

export interface Verdict {
  readonly keys: number
  readonly linearizable: number
  /** Keys whose search was given up. */
  readonly undecided: readonly Key[]
  readonly violations: readonly string[]
}

/** A search of so many steps for one key takes some seconds. */
const stepsMax = 5_000_000

export function judge(operations: readonly Operation[]): Verdict {
  const undecided: Key[] = []
  const violations: string[] = []
  let linearizable = 0
  const byKey = groupByKey(operations)
  for (const [key, own] of byKey) {
    const judgement = judgeHistory(own, stepsMax)
    if (judgement.kind === "linearizable") linearizable += 1
    else if (judgement.kind === "undecided") undecided.push(key)
    else violations.push(`${judgement.reason}\n${judgement.operations.map(describe).join("\n")}`)
  }
  return { keys: byKey.size, linearizable, undecided, violations }
}

function groupByKey(operations: readonly Operation[]): Map<Key, Operation[]> {
  const groups = new Map<Key, Operation[]>()
  for (const operation of operations) {
    const group = groups.get(operation.key)
    if (group === undefined) groups.set(operation.key, [operation])
    else group.push(operation)
  }
  return groups
}

function describe({ id, client, call, from, until, end, result }: Operation): string {
  return `  operation ${id} of client ${client}, ${from.toFixed(1)} to ${until.toFixed(1)} ms: ${JSON.stringify(call)} ${end} ${JSON.stringify(result)}`
}
