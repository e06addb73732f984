import { once } from "node:events"
import net from "node:net"
import { setTimeout as sleep } from "node:timers/promises"
import { afterEach, expect, test, vi } from "vitest"
import { askSupervisor, controlTimeoutMs, type ControlServer, serveControl } from "./control.ts"
import { Supervisor } from "./supervisor.ts"

const token = "right"
let server: ControlServer | null = null
afterEach(() => server?.close())

test("a request that breaks off half way harms nobody", async () => {
  const manifest = { format: 1, clusterToken: "", nodes: [], control: null } as const
  const supervisor = new Supervisor({ folder: "", manifest, script: "", token, restart: false, electionTimeoutMs: null, tell: () => {} })
  const { port } = (server = await serveControl(supervisor, token, 0))
  const rejections: unknown[] = []
  const note = (reason: unknown) => rejections.push(reason)
  process.on("unhandledRejection", note)
  const socket = net.connect(port, "127.0.0.1")
  await once(socket, "connect")
  socket.write(`POST / HTTP/1.1\r\nHost: 127.0.0.1\r\nX-Oarlock-Chaos-Token: ${token}\r\nContent-Length: 100\r\n\r\n{`)
  await sleep(50)
  socket.destroy()
  await sleep(50)
  process.off("unhandledRejection", note)
  expect(rejections).toEqual([])
  expect(await askSupervisor({ pid: 0, port, token }, { action: "status" })).toMatchObject({ message: "", nodes: [] })
})

test("controlTimeoutMs: so long a supervisor may take before it is said not to run", async () => {
  const silent = net.createServer((socket) => socket.on("error", () => {}).resume()).listen(0, "127.0.0.1")
  await once(silent, "listening")
  const timeout = vi.spyOn(AbortSignal, "timeout").mockImplementation(() => AbortSignal.abort(new DOMException("", "TimeoutError")))
  const { port } = silent.address() as net.AddressInfo
  await expect(askSupervisor({ pid: 0, port, token }, { action: "status" })).rejects.toThrow("does not run (any more)")
  expect(timeout.mock.calls).toEqual([[controlTimeoutMs]])
  timeout.mockRestore()
  silent.close()
})
