import { once } from "node:events"
import net from "node:net"
import { afterEach, beforeEach, expect, test, vi } from "vitest"
import { runHere } from "../../../test/command-line/commands.ts"
import { nodeAnswerMs } from "./http-json.ts"

/** Takes connections and answers nothing. */
let silent: net.Server
let endpoint: string

beforeEach(async () => {
  silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1")
  await once(silent, "listening")
  endpoint = `127.0.0.1:${(silent.address() as net.AddressInfo).port}`
})

afterEach(() => {
  vi.restoreAllMocks()
  silent.close()
})

test("nodeAnswerMs: so long a node may take to tell about itself, or shorter if --timeout says so", async () => {
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new DOMException("", "TimeoutError")))
  const status = await runHere(["status", "--endpoints", endpoint], "/nowhere")
  expect(status.code).toBe(5)
  expect(status.stderr).toContain(`${endpoint} did not answer within ${nodeAnswerMs} ms`)
  await runHere(["status", "--endpoints", endpoint, "--timeout", "1500"], "/nowhere")
  await runHere(["status", "--endpoints", endpoint, "--timeout", "60000"], "/nowhere")
  await runHere(["member", "list", "--endpoints", endpoint], "/nowhere")
  await runHere(["member", "list", "--endpoints", endpoint, "--timeout", "1500"], "/nowhere")
  expect(timeout.mock.calls.map(([ms]) => ms)).toEqual([nodeAnswerMs, 1500, nodeAnswerMs, nodeAnswerMs, 1500])
})
