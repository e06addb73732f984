import { expect, test } from "vitest"
import { createReady, isEmptyReady, takeReady, type Ready } from "./outbox.ts"

// The lists are named one by one where they are looked through and handed over, because a loop over names costs a fifth of an idle step.
const names = Object.keys(createReady()) as (keyof Ready)[]

test.each(names)("%s: what is in it is seen, handed over, and gone from what is filled next", (name) => {
  const ready = createReady()
  expect(isEmptyReady(ready)).toBe(true)
  const item: unknown = { name }
  const list: unknown[] = ready[name]
  list.push(item)
  expect(isEmptyReady(ready)).toBe(false)
  const taken = takeReady(ready)
  expect(taken).toEqual({ ...createReady(), [name]: [item] })
  expect(ready).toEqual(createReady())
  const next: unknown[] = ready[name]
  next.push(item)
  expect(taken[name]).toHaveLength(1)
})
