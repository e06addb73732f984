/** etcd 3.4 as a system under test, with the defaults of its package; only logging is turned down. */

import type { ClusterSettings, NodePlace, System } from "./system.ts"

export const etcd: System = {
  name: "etcd",
  protocol: "etcd",
  command(node: NodePlace, members: readonly NodePlace[], settings: ClusterSettings): readonly string[] {
    const { timeouts } = settings
    return [
      "etcd",
      `--name=${nameOf(node)}`,
      `--data-dir=${node.dataFolder}`,
      `--listen-client-urls=http://${node.clientAddress}`,
      `--advertise-client-urls=http://${node.clientAddress}`,
      `--listen-peer-urls=http://${node.peerAddress}`,
      `--initial-advertise-peer-urls=http://${node.peerAddress}`,
      `--initial-cluster=${members.map((member) => `${nameOf(member)}=http://${member.peerAddress}`).join(",")}`,
      // A node that finds its data folder filled takes no notice of these two.
      "--initial-cluster-state=new",
      "--initial-cluster-token=bench",
      // Long loads must not end at the default of 2 GiB.
      `--quota-backend-bytes=${8 * 2 ** 30}`,
      ...(timeouts === null ? [] : [`--heartbeat-interval=${timeouts.heartbeatMs}`, `--election-timeout=${timeouts.electionMs}`]),
      "--logger=zap",
      "--log-level=warn",
      "--log-outputs=stderr",
    ]
  },
  async isLeader(clientAddress: string): Promise<boolean> {
    const response = await fetch(`http://${clientAddress}/v3/maintenance/status`, {
      method: "POST",
      body: "{}",
      signal: AbortSignal.timeout(2000),
    })
    const { header, leader } = (await response.json()) as { readonly header: { readonly member_id: string }; readonly leader?: string }
    return leader === header.member_id
  },
}

function nameOf(node: NodePlace): string {
  return `n${node.id}`
}
