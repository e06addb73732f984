/** Serves the visualizer on this machine and opens it in the browser, until Ctrl-C. */

import { spawn } from "node:child_process"
import { once } from "node:events"
import type { AddressInfo } from "node:net"
import { createWebServer } from "../../server/internal.ts"
import { CliError, exitCode } from "./cli-error.ts"
import type { Context } from "./command.ts"
import { exitSoon } from "./exit-soon.ts"

export interface PageOptions {
  /** 0 for any free one. */
  readonly port: number
  /** Whether to open a browser, and not only to say where the page is. */
  readonly opens: boolean
  readonly json: boolean
}

/** `hash` is where in the page to begin: `#/play`. Ends with SIGINT or SIGTERM. */
export async function showPage(context: Context, hash: string, { port, opens, json }: PageOptions): Promise<void> {
  const server = createWebServer()
  server.listen(port, "127.0.0.1")
  await Promise.race([once(server, "listening"), once(server, "error").then(([error]) => refusePort(port, error as NodeJS.ErrnoException))])
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${hash}`
  context.output.print(json ? JSON.stringify({ address }) : `The visualizer is at ${shortened(address)}. Ctrl-C ends it.`)
  if (opens) openBrowser(context, address)
  await Promise.race([once(process, "SIGINT"), once(process, "SIGTERM")])
  server.close()
  server.closeAllConnections()
  exitSoon()
}

function refusePort(port: number, error: NodeJS.ErrnoException): never {
  const why = error.code === "EADDRINUSE" ? "something else listens there; choose another with --port" : error.message
  throw new CliError(exitCode.failed, `Port ${port} cannot be used: ${why}.`)
}

/** A link that carries a whole run is for the browser, not for the eye. */
function shortened(address: string): string {
  return address.length > 200 ? `${address.slice(0, address.indexOf("#"))}#…` : address
}

function openBrowser(context: Context, address: string): void {
  const [command, ...args]: readonly [string, ...string[]] =
    process.platform === "darwin"
      ? ["open", address]
      : process.platform === "win32"
        ? ["cmd", "/c", "start", "", address]
        : ["xdg-open", address]
  const child = spawn(command, args, { stdio: "ignore", detached: true })
  child.on("error", () => context.output.note("No browser could be opened here; open the address yourself."))
  child.unref()
}
