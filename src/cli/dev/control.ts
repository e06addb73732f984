/**
 * The control channel of `oarlock dev`: how `oarlock chaos` in a second terminal, or the Live page, asks the supervisor to break something.
 *
 * HTTP on a loopback port that the manifest names, with the manifest's token, which only the owner of the data folder can read. The supervisor also
 * serves the Live page there: it outlives every node, so that the page can be loaded while all of them are down; and since page and control
 * share an origin, no page of another origin needs to be let in.
 */

import { once } from "node:events"
import http from "node:http"
import type { AddressInfo } from "node:net"
import { answerWithPage, chaosTokenHeader, readJson, sameText } from "../../server/internal.ts"
import { requestJson } from "../connecting/http-json.ts"
import type { DevControl } from "../connecting/manifest.ts"
import { CliError, type ExitCode, exitCode } from "../terminal/cli-error.ts"
import type { Supervisor } from "./supervisor.ts"

export type ControlRequest =
  | { readonly action: "status" }
  | { readonly action: "kill" | "pause"; readonly target: string }
  /** Null: all that are paused, or down. */
  | { readonly action: "resume" | "restart"; readonly target: string | null }
  | { readonly action: "cut"; readonly from: string; readonly to: string; readonly oneWay: boolean }
  | { readonly action: "heal"; readonly from: string | null; readonly to: string | null }

/** `message` is a sentence for people; the rest is the cluster as it is afterwards. */
export type ControlAnswer = { readonly message: string } & ReturnType<Supervisor["status"]>

/** A restart waits for the node to serve, so the channel is patient. */
export const controlTimeoutMs = 20_000

export interface ControlServer {
  readonly port: number
  close(): void
}

/** `wantedPort` is taken if nobody has it, so that the page's address stays the same from run to run; otherwise any. */
export async function serveControl(supervisor: Supervisor, token: string, wantedPort: number): Promise<ControlServer> {
  const server = http.createServer((request, response) => {
    if (request.method !== "POST") {
      return answerWithPage(request, response, { nodes: supervisor.clientAddresses, localPorts: true })
    }
    answer(supervisor, token, request)
      .then(({ status, body }) => response.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(body)))
      // The caller closed its connection before its question was complete.
      .catch(() => response.destroy())
  })
  server.listen(wantedPort, "127.0.0.1")
  try {
    await once(server, "listening")
  } catch {
    await once(server.listen(0, "127.0.0.1"), "listening")
  }
  return {
    port: (server.address() as AddressInfo).port,
    close() {
      server.close()
      server.closeAllConnections()
    },
  }
}

async function answer(supervisor: Supervisor, token: string, request: http.IncomingMessage): Promise<{ status: number; body: unknown }> {
  if (!sameText(request.headers[chaosTokenHeader], token)) return { status: 403, body: { error: "wrong token" } }
  const body = await readJson(request)
  if (request.method !== "POST" || body === null) return { status: 400, body: { error: "not a control request" } }
  try {
    const message = await perform(supervisor, body as unknown as ControlRequest)
    return { status: 200, body: { message, ...supervisor.status() } satisfies ControlAnswer }
  } catch (error) {
    const code = error instanceof CliError ? error.exitCode : exitCode.failed
    return { status: 409, body: { error: (error as Error).message, exitCode: code } }
  }
}

async function perform(supervisor: Supervisor, request: ControlRequest): Promise<string> {
  switch (request.action) {
    case "status":
      return ""
    case "kill":
      return supervisor.kill(request.target)
    case "pause":
      return supervisor.pause(request.target)
    case "resume":
      return supervisor.resume(request.target)
    case "restart":
      return supervisor.restart(request.target)
    case "cut":
      return supervisor.cut(request.from, request.to, request.oneWay)
    case "heal":
      return supervisor.heal(request.from, request.to)
    default:
      request satisfies never
      throw new CliError(exitCode.usage, "This supervisor does not know that action: it is of another version.")
  }
}

/** Asks the supervisor. Throws `CliError` with its words, or if it is not there. */
export async function askSupervisor(control: DevControl, request: ControlRequest): Promise<ControlAnswer> {
  const headers = { [chaosTokenHeader]: control.token }
  let answered: { readonly status: number; readonly body: unknown }
  try {
    answered = await requestJson({
      address: `127.0.0.1:${control.port}`,
      path: "/",
      method: "POST",
      headers,
      body: request,
      timeoutMs: controlTimeoutMs,
      tls: null,
    })
  } catch (error) {
    throw new CliError(
      exitCode.unreachable,
      "The cluster of `oarlock dev` does not run (any more). Start it with `npm start` or `npx oarlock dev`.",
      { cause: error },
    )
  }
  if (answered.status === 200) return answered.body as ControlAnswer
  const refusal = answered.body as { readonly error?: string; readonly exitCode?: ExitCode }
  throw new CliError(refusal.exitCode ?? exitCode.failed, refusal.error ?? "The supervisor refused.")
}
