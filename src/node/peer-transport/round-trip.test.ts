import { afterEach, describe, expect, test } from "vitest"
import { closeEnds, end, heartbeat, onTheWay, pair } from "../../../test/peer-transport/ends.ts"
import { encodePulse, PulseReader } from "./pulse.ts"
import { RoundTrip } from "./round-trip.ts"

function opened(handshakeMs = 8): RoundTrip {
  const roundTrip = new RoundTrip()
  roundTrip.begin(handshakeMs)
  return roundTrip
}

test("the handshake is the first measurement, and a pulse moves it by an eighth of the difference", () => {
  const roundTrip = opened(8)
  expect(roundTrip.smoothedMs).toBe(8)
  roundTrip.onWrite(100, 1000)
  roundTrip.onPulse({ receivedBytes: 100, heldMs: 300 }, 1316)
  expect(roundTrip.smoothedMs).toBe(9)
  roundTrip.end()
  expect(roundTrip.smoothedMs).toBeNull()
})

test("what left after the byte that the pulse speaks of does not count", () => {
  const roundTrip = opened(0)
  for (const [index, atMs] of [1000, 1100, 1200].entries()) roundTrip.onWrite(10 + index, atMs)
  roundTrip.onPulse({ receivedBytes: 21, heldMs: 20 }, 1200)
  expect(roundTrip.smoothedMs).toBe(80 / 8)
})

test("bytes that arrived in part are those of the write that they belong to", () => {
  const roundTrip = opened(0)
  roundTrip.onWrite(100, 1000)
  roundTrip.onWrite(100, 1100)
  roundTrip.onPulse({ receivedBytes: 150, heldMs: 0 }, 1180)
  expect(roundTrip.smoothedMs).toBe(80 / 8)
})

test("it goes on beyond 4 GiB", () => {
  const roundTrip = opened(0)
  for (let n = 0; n < 5; n++) roundTrip.onWrite(2 ** 30, 1000 + n)
  roundTrip.onWrite(10, 2000)
  roundTrip.onPulse({ receivedBytes: 2 ** 30, heldMs: 0 }, 1012)
  expect(roundTrip.smoothedMs).toBe(1)
  roundTrip.onPulse({ receivedBytes: 2 ** 30 + 10, heldMs: 0 }, 2009)
  expect(roundTrip.smoothedMs).toBe(2)
})

test("writesMax: so many writes are remembered, and of one before them nothing is known", () => {
  for (const [writes, isKnown] of [
    [1_023, true],
    [1_024, true],
    [1_025, false],
  ] as const) {
    // oxfmt-ignore
    const roundTrip = opened(8)
    for (let n = 0; n < writes; n++) roundTrip.onWrite(10, 1_000)
    roundTrip.onPulse({ receivedBytes: 10, heldMs: 0 }, 1_016)
    expect(roundTrip.smoothedMs).toBe(isKnown ? 9 : 8)
  }
})

test("a pulse about what was never sent, or is long forgotten, says nothing", () => {
  const roundTrip = opened(8)
  roundTrip.onPulse({ receivedBytes: 0, heldMs: 0 }, 1000)
  roundTrip.onWrite(10, 1000)
  roundTrip.onPulse({ receivedBytes: 11, heldMs: 0 }, 1001)
  for (let n = 0; n < 2000; n++) roundTrip.onWrite(10, 1100)
  roundTrip.onPulse({ receivedBytes: 10, heldMs: 0 }, 1200)
  expect(roundTrip.smoothedMs).toBe(8)
})

test("a pulse is put together wherever it was cut, and of several the last one counts", () => {
  const bytes = [...encodePulse({ receivedBytes: 2 ** 32 - 1, heldMs: 0.25 }), ...encodePulse({ receivedBytes: 7, heldMs: 499.5 })]
  for (let cut = 1; cut < 8; cut++) {
    const reader = new PulseReader()
    expect(reader.push(Uint8Array.from(bytes.slice(0, cut)))).toBeNull()
    expect(reader.push(Uint8Array.from(bytes.slice(cut, 8)))).toEqual({ receivedBytes: 2 ** 32 - 1, heldMs: 0.25 })
    expect(reader.push(Uint8Array.from(bytes.slice(8)))).toEqual({ receivedBytes: 7, heldMs: 499.5 })
  }
  expect(new PulseReader().push(Uint8Array.from(bytes))).toEqual({ receivedBytes: 7, heldMs: 499.5 })
})

afterEach(closeEnds)

describe("of a connection", () => {
  test("is known from the handshake on, follows what pulses say, and is forgotten with the connection", async () => {
    const limits = { pulseMs: 5 }
    const [a, b] = await pair({ limits }, { limits })
    const measured = () => a.transport.figures()[0]!.roundTripMs
    const first = measured()
    expect(first).toBeGreaterThan(0)
    for (let round = 1; measured() === first; round++) {
      a.send(heartbeat(1, 2, round))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(measured()).toBeGreaterThan(0)
    await b.transport.close()
    await a.until(() => measured() === null)
  })

  test("grows with the way", async () => {
    const a = await end(1)
    const b = await end(2, { limits: { pulseMs: 5 } })
    const slow = await onTheWay(b, (from, through) => {
      from.on("data", (chunk) => setTimeout(() => through.write(chunk), 30))
      through.on("data", (chunk) => setTimeout(() => from.write(chunk), 30))
    })
    a.transport.setMembers([a.member, slow.member])
    await a.untilLine(/^connected/)
    // Timers may be a little early, never by much.
    const first = a.transport.figures()[0]!.roundTripMs
    expect(first).toBeGreaterThan(55)
    for (let round = 1; a.transport.figures()[0]!.roundTripMs === first; round++) {
      a.send(heartbeat(1, 2, round))
      await new Promise((resolve) => setTimeout(resolve, 5))
    }
    expect(a.transport.figures()[0]!.roundTripMs).toBeGreaterThan(55)
    slow.close()
  })
})
