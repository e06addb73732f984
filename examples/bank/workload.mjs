// What the bank's simulated customers do, and what must be true of the bank whatever happens.

import { feeAccount } from "./bank.mjs"

const names = ["ann", "bob", "cleo", "dan"]
const openingCents = 1_000
const encode = (value) => new TextEncoder().encode(JSON.stringify(value))

export const workload = {
  /** The next thing that a customer wants. Everything depends on the dice, so that a seed can be run again. */
  command: (dice) =>
    dice.below(5) === 0
      ? encode({ do: "open", name: dice.pick(names), cents: openingCents })
      : encode({ do: "transfer", from: dice.pick(names), to: dice.pick(names), cents: dice.below(50) }),
  query: (dice) => dice.pick([...names, undefined]),
  /** Looked at after every command, on every server. */
  invariant: (bank) => {
    const accounts = names.filter((name) => bank.query(name) !== null).length
    const total = bank.query(undefined)
    if (total !== accounts * openingCents) return `${accounts} accounts of ${openingCents} cents add up to ${total}`
    const poor = [...names, feeAccount].find((name) => bank.query(name) < 0)
    return poor === undefined ? null : `${poor} has ${bank.query(poor)} cents`
  },
}
