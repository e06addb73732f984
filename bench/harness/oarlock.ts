/** Oarlock as a system under test: `oarlock start` as it is shipped, with its defaults; only logging is turned down. */

import { join } from "node:path"
import { projectFolder } from "./project-folder.ts"
import type { ClusterSettings, NodePlace, System } from "./system.ts"

export const oarlock: System = {
  name: "oarlock",
  protocol: "native",
  command(node: NodePlace, members: readonly NodePlace[], settings: ClusterSettings): readonly string[] {
    const { timeouts, hints, profileFolder } = settings
    return [
      process.execPath,
      ...(profileFolder === null ? [] : ["--cpu-prof", "--cpu-prof-dir", profileFolder, "--cpu-prof-name", `n${node.id}.cpuprofile`]),
      join(projectFolder, "bin", "oarlock.js"),
      "start",
      `--name=${nameOf(node)}`,
      `--data-dir=${node.dataFolder}`,
      `--listen-client-urls=http://${node.clientAddress}`,
      `--listen-peer-urls=http://${node.peerAddress}`,
      `--initial-cluster=${members.map((member) => `${nameOf(member)}=http://${member.peerAddress}`).join(",")}`,
      "--initial-cluster-token=bench",
      ...(timeouts === null ? [] : [`--heartbeat-interval=${timeouts.heartbeatMs}`, `--election-timeout=${timeouts.electionMs}`]),
      ...(hints ? [] : ["--campaign-on-disconnect=false"]),
      "--log-level=warn",
    ]
  },
  async isLeader(clientAddress: string): Promise<boolean> {
    const response = await fetch(`http://${clientAddress}/raft/state`, { signal: AbortSignal.timeout(2000) })
    const { role } = (await response.json()) as { readonly role: string }
    return role === "leader"
  },
}

function nameOf(node: NodePlace): string {
  return `n${node.id}`
}
