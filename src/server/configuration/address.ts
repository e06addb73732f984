/**
 * Where a server listens or is reached: `host:port`, or a URL as etcd writes it (`http://10.0.0.1:2379`), also for IPv6 (`[::1]:2379`).
 *
 * Inside the cluster an address is always plain `host:port`; the scheme of a URL only says whether the writer expects TLS there, which
 * `config.ts` compares with the certificates that it was given.
 */

/** Where a server listens, or where it is reached. */
export interface Address {
  /** A name or an IP address, without brackets. */
  readonly host: string
  /** From 1 to 65535; 0 where any free port will do. */
  readonly port: number
  /** True for `https://`, false for `http://`, null if no scheme was written. */
  readonly secure: boolean | null
}

/** Reads an address, or says in words why it is none. */
export function parseAddress(text: string): Address | { readonly expected: string; readonly advice: string } {
  const expected = "an address as host:port, such as 127.0.0.1:2379"
  const trimmed = text.trim()
  const scheme = /^([a-z][a-z0-9+.-]*):\/\//i.exec(trimmed)
  const name = scheme?.[1]?.toLowerCase()
  if (name === "unix" || name === "unixs") return { expected, advice: "unix sockets are not served; use a loopback address" }
  if (name !== undefined && name !== "http" && name !== "https") return { expected, advice: "use http:// or https://, or no scheme at all" }
  const rest = trimmed.slice(scheme?.[0].length ?? 0).replace(/\/$/, "")
  const parts = /^(?:\[([0-9a-f:.%]+)\]|([^\s:/[\]@]*)):(\d+)$/i.exec(rest)
  if (parts === null) {
    const lacksPort = /^(\[[0-9a-f:.]+\]|[^\s:/[\]@]+)$/i.test(rest)
    return { expected, advice: lacksPort ? "add a colon and the port" : "" }
  }
  const port = Number(parts[3])
  if (port > 65_535) return { expected, advice: `ports go up to 65535, this one is ${parts[3]}` }
  // As in Go and etcd, an empty host (":2379") means every interface.
  const host = parts[1] ?? (parts[2] === "" ? "0.0.0.0" : parts[2]!)
  return { host, port, secure: name === undefined ? null : name === "https" }
}

/** `host:port`, with brackets around IPv6: what stands in a `Member`. */
export function formatAddress(address: { readonly host: string; readonly port: number }): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}

/** True for addresses that only this machine can reach. */
export function isLoopback(host: string): boolean {
  return host === "localhost" || host === "::1" || /^127\.\d+\.\d+\.\d+$/.test(host) || /^::ffff:127\./i.test(host)
}

/** True for the addresses that mean "every interface": fine to listen on, useless to tell others. */
export function isWildcard(host: string): boolean {
  return host === "0.0.0.0" || host === "::" || host === ""
}
