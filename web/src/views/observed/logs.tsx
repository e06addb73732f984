/** The logs below each other on one scale: what each node has, has committed and has applied, and what the leader knows it to share. */

import type { Facts } from "../../model/observed/facts.ts"
import { ago, type NodePicture, type Picture } from "../../model/observed/picture.ts"

/** Entries that the scale has room for, at least. */
const scaleEntriesMin = 50

export function Logs({ facts }: { readonly facts: Facts }) {
  const picture = facts.picture.value
  const ends = picture.nodes.flatMap(({ sight }) => (sight?.status == null ? [] : [sight.status.self]))
  if (ends.length === 0) return null
  const last = Math.max(...ends.map(({ lastLogIndex }) => lastLogIndex))
  const furthestBack = Math.min(...ends.map(({ lastApplied }) => lastApplied))
  // The end of the logs is where nodes differ; their beginnings are alike.
  const first = Math.max(1, Math.min(furthestBack - 5, last - scaleEntriesMin + 1))
  const end = Math.max(last, first + scaleEntriesMin - 1)
  return (
    <section class="panel" aria-label="Logs">
      <h2>{`Logs, entries ${first} to ${last}`}</h2>
      <div class="ribbons">
        {picture.nodes.map((node) => (
          <LogOf key={node.id} picture={picture} node={node} first={first} last={end} />
        ))}
      </div>
      <p class="legend">
        High: committed, as the node knows · low: not known to be · line below: applied · ❘ matchIndex, as the leader knows · no colour: a
        node does not say of which terms its entries are
      </p>
    </section>
  )
}

interface LogOfProps {
  readonly picture: Picture
  readonly node: NodePicture
  readonly first: number
  readonly last: number
}

const width = 1000
const height = 22

function LogOf({ picture, node, first, last }: LogOfProps) {
  const status = node.sight?.status ?? null
  if (status === null) return null
  const { self } = status
  const isSilent = node.sight!.failure !== null
  const x = (index: number): number => Math.max(0, Math.min(width, ((index - first + 1) / (last - first + 1)) * width))
  const match = picture.leadership?.sight?.status?.followers?.find(({ id }) => id === node.id)?.matchIndex
  const begin = x(Math.max(self.firstLogIndex - 1, self.snapshotIndex === 0 ? 0 : self.firstLogIndex - 1))
  const label = `${node.name}: entries ${self.firstLogIndex} to ${self.lastLogIndex}, committed to ${self.commitIndex}, applied to ${self.lastApplied}`
  return (
    <div class={`ribbon ${isSilent ? "silent" : ""}`}>
      <span class="name">{node.name}</span>
      <svg viewBox={`0 0 ${width} ${height}`} preserveAspectRatio="none" role="img" aria-label={label}>
        <rect class="has" x={begin} width={Math.max(0, x(self.lastLogIndex) - begin)} y={8} height={6} />
        <rect class="committed" x={begin} width={Math.max(0, x(self.commitIndex) - begin)} y={3} height={16} />
        <rect class="applied" x={begin} width={Math.max(0, x(self.lastApplied) - begin)} y={height - 4} height={4} />
        {match !== undefined && <rect class="match" x={Math.max(0, x(match) - 3)} width={3} y={0} height={height} />}
      </svg>
      <span class="term">
        {isSilent ? ago(picture.now - (node.sight!.answeredAt ?? picture.now)) : `${self.commitIndex} of ${self.lastLogIndex}`}
      </span>
    </div>
  )
}
