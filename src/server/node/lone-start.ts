/** What a server says that begins a cluster of its own because nobody said otherwise: often that is not what was meant. */

import type { ServerConfig } from "../configuration/config.ts"

/** Null where somebody said with whom it begins or whom it joins, or where it was here before. `isFirstStart`: there is nothing in its folder yet. */
export function explainLoneStart(
  config: Pick<ServerConfig, "isUnlisted" | "name" | "dataDir" | "peerAddress">,
  isFirstStart: boolean,
): string | null {
  const { isUnlisted, name, dataDir, peerAddress } = config
  if (!isUnlisted || !isFirstStart) return null
  return [
    "this begins a cluster of its own, with this server as its only member, since neither a list of members nor --join was given.",
    `To join a cluster that runs: stop this server, remove ${dataDir}, run \`oarlock member add ${name} --peer ${peerAddress}\` with --endpoints of that cluster (under a name and at an address that no member has), and start it as that command says.`,
    "To begin a cluster of several: give all of them the same list (--initial-cluster, or a file by --cluster)",
  ].join(" ")
}
