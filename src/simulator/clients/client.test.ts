import { expect, test } from "vitest"
import type { RejectReason } from "../../core/index.ts"
import { production } from "../state/build.ts"
import { calmOptions, type WorldOptions } from "../state/options.ts"
import { keyValueWorkload } from "../workload/key-value-workload.ts"
import { noSession } from "./client-session.ts"
import { beginOperation, type SimulatedClient, copyOf, createClient, type Move, onAnswer, onSilence, type Surroundings } from "./client.ts"

const rules = production.requests

function surroundings(sessionShare: number): Surroundings {
  const clients = { ...calmOptions.clients, sessionShare, readShare: 0 }
  const options: WorldOptions = { ...calmOptions, seed: 5, clients }
  return { options, rules, workload: keyValueWorkload, session: noSession, servers: () => [1, 2, 3], now: 0 }
}

/** A client whose write was sent; without a session, or in session 7 under number 1. */
function writing(world: Surroundings, deadlineAt: number | null): { client: SimulatedClient; world: Surroundings } {
  const begun = beginOperation(createClient(1, world.options, [1, 2, 3]), world)
  const client = { ...copyOf(begun.client), deadlineAt }
  rules.begin(client)
  if (!client.usesSession) return { client, world }
  const opened = onAnswer(client, { kind: "committed", id: 1, index: 7, result: new Uint8Array([0, 0, 0, 0, 0, 0, 0, 7]) }, true, world)
  expect(opened).toMatchObject({ next: "send", client: { sessionId: 7, sequence: 1, attempts: 0, mayHaveHappened: false } })
  return { client: sentAgain(opened), world: { ...world, session: opened.session } }
}

function sentAgain({ client }: Move): SimulatedClient {
  const sent = copyOf(client)
  rules.begin(sent)
  return sent
}

const refusal = (reason: RejectReason) => ({ kind: "rejected", id: 1, reason, message: "", leader: null }) as const

test("a write without a session that was refused is sent again, and one that got no answer is given up", () => {
  const { client, world } = writing(surroundings(0), null)
  const refused = onAnswer(client, refusal("noLeader"), false, world)
  expect(refused).toMatchObject({ next: "sendLater", events: [] })
  expect(onSilence(sentAgain(refused), false, world)).toMatchObject({ next: "think", events: [{ kind: "abandoned" }] })
})

test("a session's write that got no answer is sent again under its number, and once refused for good it stays in doubt", () => {
  const { client, world } = writing(surroundings(1), null)
  const silent = onSilence(client, false, world)
  expect(silent).toMatchObject({ next: "sendLater", client: { sessionId: 7, sequence: 1 } })
  expect(onAnswer(sentAgain(silent), refusal("diskFull"), false, world)).toMatchObject({ next: "think", events: [{ kind: "abandoned" }] })
  expect(onAnswer(client, refusal("diskFull"), false, world)).toMatchObject({ next: "think", events: [{ kind: "refused" }] })
})

test("when its time is over, a write between attempts was certainly not done, and one under way may have been", () => {
  const { client, world } = writing(surroundings(0), 100)
  const late = { ...world, now: 100 }
  expect(onAnswer(client, refusal("noLeader"), false, { ...world, now: 99 })).toMatchObject({ next: "sendLater" })
  expect(onAnswer(client, refusal("noLeader"), false, late)).toMatchObject({ next: "think", events: [{ kind: "refused" }] })
  expect(onSilence(client, false, late)).toMatchObject({ next: "think", events: [{ kind: "abandoned" }] })
})

test("a write whose session was never opened was certainly not done, whatever became of the session", () => {
  const world = surroundings(1)
  const begun = beginOperation(createClient(1, world.options, [1, 2, 3]), world)
  const silent = onSilence(sentAgain(begun), true, world)
  expect(silent).toMatchObject({ next: "sendLater" })
  expect(onAnswer(sentAgain(silent), refusal("diskFull"), true, world)).toMatchObject({ next: "think", events: [{ kind: "refused" }] })
})
