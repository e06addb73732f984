import type { IncomingMessage } from "node:http"
import { Readable } from "node:stream"
import { expect, test } from "vitest"
import { readJson } from "./chaos-endpoint.ts"

const bodyOf = (bytes: number): IncomingMessage => {
  const text = JSON.stringify({ peer: 1 })
  return Readable.from([Buffer.from(text), Buffer.alloc(bytes - text.length, " ")]) as IncomingMessage
}

test("chaosBodyBytesMax: a body of so many bytes is read, and a longer one is none", async () => {
  expect(await readJson(bodyOf(4_095))).toEqual({ peer: 1 })
  expect(await readJson(bodyOf(4_096))).toEqual({ peer: 1 })
  expect(await readJson(bodyOf(4_097))).toBeNull()
})
