import { expect, test } from "vitest"
import { CallBudget, callBytesMax, callsMax } from "./call-budget.ts"

test("callsMax: so many calls may be under way, and one more once one has ended", () => {
  const budget = new CallBudget(callsMax, callBytesMax, "of this node")
  for (let count = 0; count < callsMax; count++) expect(budget.begin(1)).toBeNull()
  expect(budget.begin(1)).toBe("65536 calls of this node are under way already")
  budget.end(1)
  expect(budget.begin(1)).toBeNull()
  expect(budget.begin(1)).not.toBeNull()
})

test("callBytesMax: so many bytes may be under way, whatever else is not begun; a single command may be longer", () => {
  const budget = new CallBudget(callsMax, callBytesMax, "of this node")
  expect(budget.begin(callBytesMax - 10)).toBeNull()
  expect(budget.begin(11)).toMatch(/^commands of this node of 67108854 bytes are under way already.*more than 67108864$/)
  expect(budget.begin(10)).toBeNull()
  expect(budget.begin(0)).toBeNull()
  expect(budget.begin(1)).not.toBeNull()
  budget.end(10)
  budget.end(0)
  budget.end(callBytesMax - 10)
  expect(budget.begin(callBytesMax + 1)).toBeNull()
  expect(budget.begin(0)).not.toBeNull()
})
