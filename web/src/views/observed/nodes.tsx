/** Everything that each node says about itself, with its age: a row for each, or a column where fourteen columns are too many. */

import type { Facts } from "../../model/observed/facts.ts"
import { ago, duration, milliseconds, nameOf, type NodePicture, type Picture } from "../../model/observed/picture.ts"
import { roleOf } from "./live-ring.tsx"

export function Nodes({ facts }: { readonly facts: Facts }) {
  const picture = facts.picture.value
  return (
    <section class="panel" aria-label="Nodes">
      <h2>What each node says</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="What each node says, a table">
        <table class="facts">
          <thead>
            <tr>
              {[
                "node",
                "role",
                "term",
                "leader",
                "commit",
                "applied",
                "last",
                "behind",
                "snapshot",
                "disk",
                "fsync",
                "waiting",
                "up",
                "said",
              ].map((title) => (
                <th key={title} scope="col">
                  {title}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            {picture.nodes.map((node) => (
              <Row key={node.id} facts={facts} picture={picture} node={node} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="legend">
        behind: entries that the leader does not know it to have · fsync: half and 99 of 100 of the latest · waiting: proposals and reads ·
        said: how old all that is
      </p>
    </section>
  )
}

interface RowProps {
  readonly facts: Facts
  readonly picture: Picture
  readonly node: NodePicture
}

function Row({ facts, picture, node }: RowProps) {
  const { sight, name } = node
  const status = sight?.status ?? null
  if (sight === null || status === null) {
    return (
      <tr class="silent">
        <th scope="row">{name}</th>
        <td colSpan={13}>
          {sight === null ? "Its client address is unknown: it has not told the cluster yet." : "It has not answered yet."}
        </td>
      </tr>
    )
  }
  const { self, leaderId } = status
  const isSilent = sight.failure !== null
  const follower = picture.leadership?.sight?.status?.followers?.find(({ id }) => id === self.id)
  const isLeader = picture.leadership?.id === self.id
  const isSelected = facts.selected.value === node.id
  return (
    <tr class={[isSilent ? "silent" : "", isSelected ? "selected" : ""].filter(Boolean).join(" ")} data-row={name}>
      <th scope="row">{name}</th>
      <td>{isSilent ? `was ${self.role}` : roleOf(node)}</td>
      <td>{self.term}</td>
      <td>{leaderId === null ? "nobody" : nameOf([...facts.cluster.sights.values()], leaderId)}</td>
      <td>{self.commitIndex}</td>
      <td>{self.lastApplied}</td>
      <td>{self.lastLogIndex}</td>
      <td>
        {isLeader ? "–" : follower === undefined ? "?" : `${follower.lag}${follower.state === "replicate" ? "" : ` (${follower.state})`}`}
      </td>
      <td>
        {self.snapshotIndex === 0 ? "none" : `to ${self.snapshotIndex}, ${bytes(self.snapshotBytes)}`}
        {self.snapshotActivity === "idle" ? "" : ` (${self.snapshotActivity})`}
      </td>
      <td>{`${bytes(self.diskBytes)}${self.disk === "ok" ? "" : ` ${self.disk}`}`}</td>
      <td>{sight.fsync === null ? "–" : `${milliseconds(sight.fsync.p50Ms)} / ${milliseconds(sight.fsync.p99Ms)}`}</td>
      <td>{self.pendingProposals + self.pendingReads}</td>
      <td>{duration(self.uptimeMs)}</td>
      <td>{sight.answeredAt === null ? "–" : ago(picture.now - sight.answeredAt)}</td>
    </tr>
  )
}

function bytes(count: number): string {
  if (count < 1024) return `${count} B`
  return count < 1 << 20 ? `${Math.round(count / 1024)} KiB` : `${(count / (1 << 20)).toFixed(1)} MiB`
}
