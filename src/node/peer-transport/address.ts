/** `host:port` as people read it, IPv6 in brackets. */

import type { HostPort } from "../../arguments/index.ts"

export function formatHostPort(address: HostPort): string {
  return address.host.includes(":") ? `[${address.host}]:${address.port}` : `${address.host}:${address.port}`
}
