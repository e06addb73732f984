/** What a server logs when it begins a cluster of its own because no setting says otherwise: often that is not what the operator meant. */

import type { ServerConfig } from "../configuration/config.ts"

/** Null where a setting names other members or a cluster to join, or where the folder belongs to a server already. `isFirstStart`: the folder is empty. */
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
