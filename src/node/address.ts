/** `host:port` as people write it, IPv6 in brackets, and what to say when it is something else. */

export interface HostPort {
  readonly host: string
  readonly port: number
}

/** Characters of a host: no name in DNS is longer, and a greeting between servers has to have room for it. */
const hostLengthMax = 253

/** Reads `host:port`, `[v6]:port`; null if it is neither. Port 0 is allowed: it means "any free one" to a listener. */
export function parseHostPort(text: string): HostPort | null {
  const match = /^(?:\[([0-9a-fA-F:.%\w]+)\]|([^:[\]\s/]+)):(\d{1,5})$/.exec(text)
  if (match === null) return null
  const port = Number(match[3])
  const host = match[1] ?? match[2]!
  return port > 65_535 || host.length > hostLengthMax ? null : { host, port }
}

export function formatHostPort(address: HostPort): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
