import { describe, expect, test } from "vitest"
import { alertsOf } from "../alerts.ts"
import { Cluster } from "../cluster.ts"
import { electionsOf } from "../elections.ts"
import type { Note } from "../note.ts"
import { pictureOf } from "../picture.ts"
import { addressOf, eventOf, statusOf } from "../sample.ts"
import { verdictOf } from "../verdict.ts"
import { CapturePlayer } from "./capture-player.ts"
import { BadCapture, isCapture, readCapture } from "./read-capture.ts"
import { keptForMs, notesBytesMax, Recorder } from "./recorder.ts"

const start = 1_800_000_000_000
const ids = [1, 2, 3]

/** A model and a recorder that come to know the same. */
class Page {
  readonly cluster = new Cluster()
  readonly recorder: Recorder

  constructor(bytesMax?: number) {
    this.recorder = new Recorder(start, bytesMax)
  }

  take(...notes: readonly Note[]): void {
    for (const note of notes) {
      this.cluster.take(note)
      this.recorder.take(note)
    }
  }

  everybodySays(at: number, leader: number | null, term: number, who = ids): void {
    const roundTripMs = 2
    for (const id of who) {
      const status = statusOf(id, leader, term, { utcMs: at - 1 })
      this.take({ kind: "status", at, address: addressOf(id), roundTripMs, status })
    }
  }

  saved(now: number): string {
    return this.recorder.write(now, "1.2.3")
  }
}

/** n2 leads term 7 and dies; n3 is elected, with everything else that a page may come to know. Calls `look` as the page would draw. */
function failover(page: Page, look: (at: number) => void): void {
  page.take(...ids.map((id): Note => ({ kind: "feed", at: start, address: addressOf(id), feed: "connecting" })))
  look(start)
  page.everybodySays(start + 10, 2, 7)
  const [two, three] = [addressOf(2), addressOf(3)]
  page.take({
    kind: "events",
    at: start + 20,
    address: two,
    events: [eventOf(1, 2, start - 60_000, { kind: "becameLeader", term: 7, votes: [1, 2] }, "n2 leads term 7 (votes of n1, n2)")],
  })
  page.take({ kind: "skipped", at: start + 20, address: two, count: 4 })
  page.take({ kind: "fsync", at: start + 30, address: two, figures: { at: start + 25, count: 3, p50Ms: 2, p99Ms: Infinity } })
  look(start + 400)
  page.take({ kind: "failure", at: start + 1000, address: two, because: "no connection" })
  page.take({ kind: "feed", at: start + 1000, address: two, feed: "lost" })
  page.everybodySays(start + 1010, null, 7, [1, 3])
  look(start + 1100)
  page.take({
    kind: "events",
    at: start + 1200,
    address: three,
    events: [
      eventOf(1, 3, start + 1150, { kind: "becameCandidate", term: 8, because: "silence" }, "n3 campaigns for term 8 (silence)"),
      eventOf(2, 3, start + 1190, { kind: "becameLeader", term: 8, votes: [1, 3] }, "n3 leads term 8 (votes of n1, n3)"),
      eventOf(3, 3, start + 1195, { kind: "sessionExpired", sessionId: 5 }, "session 5 expired"),
    ],
  })
  page.everybodySays(start + 1210, 3, 8, [1, 3])
  look(start + 1300)
  page.everybodySays(start + 9000, 3, 8)
  look(start + 9100)
}

/** All that views are drawn from. */
function shownBy(cluster: Cluster, now: number): unknown {
  const { isUp, ...picture } = pictureOf(cluster, now)
  return structuredClone({
    picture: { ...picture, nodes: picture.nodes.map((node) => ({ ...node, ribbon: node.sight?.ribbon.spans(now - 60_000, now) })) },
    up: ids.map(isUp),
    verdict: verdictOf(cluster, pictureOf(cluster, now)),
    alerts: alertsOf(cluster, pictureOf(cluster, now)),
    elections: electionsOf(cluster.events),
    events: cluster.events.map(({ at, address, event }) => ({ at, address, text: event.text, name: event.name })),
    skipped: [...cluster.sights.values()].map(({ address, skipped, feed, fsync }) => ({ address, skipped, feed, fsync })),
  })
}

describe("a capture", () => {
  test("shows at every moment what the page showed, in any order of moments", () => {
    const page = new Page()
    const shown: [number, unknown][] = []
    failover(page, (at) => shown.push([at, shownBy(page.cluster, at)]))
    const player = new CapturePlayer(readCapture(page.saved(start + 9500)))
    expect(player.at).toBe(start + 9500)
    for (const [at, expected] of [...shown, ...shown.toReversed()]) {
      player.seek(at)
      expect(shownBy(player.cluster, at)).toEqual(expected)
    }
  })

  test("jumps between the elections that it holds, and to no other", () => {
    const page = new Page()
    failover(page, () => {})
    const player = new CapturePlayer(readCapture(page.saved(start + 9500)))
    const verdict = (): string => verdictOf(player.cluster, player.picture.value).text
    player.jump(-1)
    expect([player.at, verdict()]).toEqual([start + 1210, expect.stringContaining("n3 leads term 8")])
    expect(player.electionFrom(-1)).toBe(null)
    player.step(-1)
    expect(verdict()).toContain("n2 leads term 7")
    player.jump(1)
    expect(player.at).toBe(start + 1210)
    expect(player.electionFrom(1)).toBe(null)
  })

  test("knows no election of a node of another cluster", () => {
    const page = new Page()
    page.everybodySays(start, 2, 7)
    const stranger = { ...statusOf(3, 3, 99, { utcMs: start }), clusterId: "another" }
    page.take({ kind: "status", at: start + 10, address: addressOf(3), roundTripMs: 1, status: stranger })
    page.everybodySays(start + 20, 2, 7, [1, 2])
    const player = new CapturePlayer(readCapture(page.saved(start + 30)))
    expect(player.reigns.map(({ term }) => term)).toEqual([7])
    expect(verdictOf(player.cluster, player.picture.value).text).toContain("n2 leads term 7")
    expect(shownBy(player.cluster, start + 30)).toEqual(shownBy(page.cluster, start + 30))
  })

  test("plays at its speed, stops at its end, and begins anew from there", () => {
    const page = new Page()
    failover(page, () => {})
    const player = new CapturePlayer(readCapture(page.saved(start + 9500)))
    player.pass(100)
    expect(player.at).toBe(start + 9500)
    player.toggle()
    player.pass(100)
    expect(player.at).toBe(start + 100)
    player.speed.value = 60
    player.pass(100)
    expect([player.at, player.isPlaying.value]).toEqual([start + 6100, true])
    player.pass(100)
    expect([player.at, player.isPlaying.value]).toEqual([start + 9500, false])
  })

  test("goes back through more notes than one state covers", () => {
    const page = new Page()
    for (let round = 0; round < 1500; round++) page.everybodySays(start + round * 100, 2, 7 + Math.floor(round / 500))
    const player = new CapturePlayer(readCapture(page.saved(start + 150_000)))
    for (const round of [1400, 1200, 334, 333, 332, 10, 1300, 667]) {
      player.seek(start + round * 100)
      expect(player.picture.value.leadership?.term).toBe(7 + Math.floor(round / 500))
      expect(player.cluster.sights.get(addressOf(1))!.answeredAt).toBe(start + round * 100)
    }
  })

  test("holds nothing but what is shown: unknown keys of an answer stay outside", () => {
    const page = new Page()
    const status = { ...statusOf(1, 1, 1), lastWrite: { key: "secret", value: "hush" } }
    page.take({ kind: "status", at: start, address: addressOf(1), roundTripMs: 1, status })
    const events = [eventOf(1, 1, start, { kind: "halted", because: "fsync failed", stack: [], recentEvents: ["hush"] })]
    page.take({ kind: "events", at: start, address: addressOf(1), events })
    expect(page.saved(start)).not.toMatch(/secret|hush/)
  })

  test("leaves out an answer that no page could read again", () => {
    const page = new Page()
    page.everybodySays(start, 2, 7)
    const { self: _, ...rest } = statusOf(1, 2, 7)
    page.recorder.take({
      kind: "status",
      at: start + 1,
      address: addressOf(1),
      roundTripMs: 1,
      status: rest as ReturnType<typeof statusOf>,
    })
    expect(readCapture(page.saved(start + 2)).notes).toHaveLength(3)
  })

  test("stays in order when the clock is set back", () => {
    const page = new Page()
    page.everybodySays(start + 5000, 2, 7)
    page.everybodySays(start + 1000, 2, 7)
    expect(readCapture(page.saved(start + 1500))).toMatchObject({ until: start + 5000 })
  })
})

describe("bounds", () => {
  test("after ten minutes the oldest goes, and is still known at the beginning", () => {
    const page = new Page()
    failover(page, () => {})
    const later = start + 1010 + keptForMs
    page.everybodySays(later, 3, 8)
    const capture = readCapture(page.saved(later))
    expect(capture.from).toBe(start + 1000)
    expect(capture.notes[0]).toMatchObject({ kind: "status", at: start + 1010 })
    const player = new CapturePlayer(capture)
    player.seek(0)
    expect(player.cluster.sights.get(addressOf(2))).toMatchObject({
      failure: { since: start + 1000, because: "no connection" },
      fsync: { p99Ms: Infinity },
      skipped: 4,
      status: { self: { term: 7 } },
    })
    player.seek(later)
    expect(shownBy(player.cluster, later)).toEqual(shownBy(page.cluster, later))
  })

  test("a capture holds notes of 24 MiB, and lets go of the oldest for one byte more", () => {
    const note = (bytes: number): Note => {
      const empty: Note = { kind: "failure", at: start, address: addressOf(1), because: "" }
      return { ...empty, because: "x".repeat(bytes - JSON.stringify(empty).length) }
    }
    const mebibytes = notesBytesMax >> 20
    const notesOf = (...last: readonly number[]): number => {
      const recorder = new Recorder(start)
      for (let count = 1; count < mebibytes; count++) recorder.take(note(1 << 20))
      for (const bytes of last) recorder.take(note(bytes))
      return readCapture(recorder.write(start, "1.2.3")).notes.length
    }
    expect(mebibytes).toBe(24)
    expect(notesOf(1 << 20)).toBe(24)
    expect(notesOf((1 << 20) + 1)).toBe(23)
  })

  test("notes take no more bytes than they may", () => {
    const page = new Page(20_000)
    for (let round = 0; round < 100; round++) page.everybodySays(start + round, 2, 7)
    const { notes, from, until } = readCapture(page.saved(start + 99))
    expect(JSON.stringify(notes).length).toBeLessThanOrEqual(20_000 + notes.length + 2)
    expect(notes.length).toBeGreaterThan(5)
    expect(until - from).toBeLessThan(10)
  })
})

describe("refused in words", () => {
  const whole = (): string => {
    const page = new Page()
    failover(page, () => {})
    return page.saved(start + 9500)
  }
  const edited = (edit: (capture: { [key: string]: unknown; notes: { at: number }[] }) => void): string => {
    const capture = JSON.parse(whole()) as { [key: string]: unknown; notes: { at: number }[] }
    edit(capture)
    return JSON.stringify(capture)
  }

  test.each([
    ["cut off", () => whole().slice(0, -100), /damaged: a part of it is missing/],
    [
      "of another version",
      () => edited((capture) => (capture["captureVersion"] = 3)),
      /version 3; this page opens version 2\. Oarlock 1\.2\.3/,
    ],
    ["out of order", () => edited(({ notes }) => notes.reverse()), /notes\[\d+\] is earlier .* out of order.*Save it again/],
    ["a note of another kind", () => edited(({ notes }) => Object.assign(notes[3]!, { kind: "kill" })), /notes\[3\]\.kind is "kill"/],
    ["a missing key", () => edited(({ notes }) => Object.assign(notes[3]!, { status: {} })), /notes\[3\]\.status\.format/],
    ["a term that is none", () => whole().replace('"term":7', '"term":-7'), /term is no whole number/],
    ["a number for a name", () => whole().replace('"name":"n1"', '"name":1'), /name is no text/],
    ["notes after its end", () => edited((capture) => (capture["until"] = start + 1)), /until is earlier/],
    ["an end before the beginning", () => edited((capture) => (capture["until"] = 1)), /until comes before the beginning/],
    ["nothing in it", () => new Page().saved(start), /Nothing was known yet/],
    ["a list", () => '[{"captureVersion":1}]', /no capture of Oarlock/],
    ["no beginning", () => edited((capture) => delete capture["start"]), /start is no object/],
  ])("%s", (_title, make, sentence) => {
    const source = make()
    expect(isCapture(source)).toBe(true)
    expect(() => readCapture(source)).toThrow(BadCapture)
    expect(() => readCapture(source)).toThrow(sentence)
  })
})
