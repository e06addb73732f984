/**
 * Waits for the names that this server is to listen on. In Kubernetes a server may start before its own name resolves, or while the name still
 * resolves to an earlier address. That is no mistake, and ending the process would only make the wait longer. A misspelt name waits as well, so the
 * log says what the server waits for.
 */

import { once } from "node:events"
import net from "node:net"
import type { Address } from "../configuration/address.ts"
import type { Logger } from "../logging/logging.ts"

/** How soon a name is tried again, in milliseconds. */
const nameRetryMs = 1000
/** While a name is waited for, the log says so once in so many tries. */
const triesPerWord = 30

/** Tries whether this machine can listen there, on any port. Rejects with what the system says. */
export type TryName = (host: string) => Promise<void>

/** Returns once each name resolves to an address of this machine; addresses that are no names are not checked here. */
export async function awaitOwnNames(addresses: readonly Address[], log: Pick<Logger, "warn" | "info">, tryName: TryName = listenOnce) {
  const names = new Set(addresses.map(({ host }) => host).filter((host) => net.isIP(host) === 0))
  await Promise.all([...names].map((name) => awaitName(name, log, tryName)))
}

async function awaitName(name: string, log: Pick<Logger, "warn" | "info">, tryName: TryName): Promise<void> {
  for (let tries = 0; ; tries++) {
    try {
      await tryName(name)
      if (tries > 0) log.info({ name }, "the name that this server listens on is there now")
      return
    } catch (error) {
      const why = explain(error as NodeJS.ErrnoException)
      // Other errors are left to the listener, which knows the port and explains them better.
      if (why === null) return
      if (tries % triesPerWord === 0) {
        const advice =
          "trying again until it is there; if it is misspelt, or another machine's, mend --listen-client-urls or --listen-peer-urls"
        log.warn({ name }, `cannot listen on the name ${name} yet, ${why}: ${advice}`)
      }
      await new Promise((resolve) => setTimeout(resolve, nameRetryMs))
    }
  }
}

function explain({ code }: NodeJS.ErrnoException): string | null {
  switch (code) {
    case "ENOTFOUND":
      return "it resolves to nothing"
    case "EAI_AGAIN":
      return "the name server does not answer"
    case "EADDRNOTAVAIL":
      return "it resolves to an address that is not this machine's"
    default:
      return null
  }
}

async function listenOnce(host: string): Promise<void> {
  const server = net.createServer().listen(0, host)
  await once(server, "listening")
  server.close()
}
