/** The nodes in a ring: role, term, how far they are, and whether they reach each other. A click selects one. */

import type { Facts } from "../../model/observed/facts.ts"
import { ago, isBroken, type NodePicture, type Picture, reachBetween } from "../../model/observed/picture.ts"
import { colorOfTerm } from "../palette.ts"
import { placeOf, serverRadius, stage } from "../ring/geometry.ts"
import { Caption } from "../ring/server-figure.tsx"
import { ServerShape } from "../ring/server-shape.tsx"

export function LiveRing({ facts }: { readonly facts: Facts }) {
  const picture = facts.picture.value
  const { nodes } = picture
  const count = nodes.length
  const heights = nodes.map((_, place) => placeOf(place + 1, count).y)
  const top = Math.min(...heights) - serverRadius(count) - 32
  const bottom = Math.max(...heights) + serverRadius(count) + 32
  return (
    <svg
      class="topology"
      viewBox={`0 ${top} ${stage.width} ${bottom - top}`}
      role="group"
      aria-label="Nodes and whether they reach each other"
    >
      {nodes.flatMap((one, place) =>
        nodes.slice(place + 1).map((other, offset) => {
          const [a, b] = [placeOf(place + 1, count), placeOf(place + offset + 2, count)]
          return <line key={`${one.id}-${other.id}`} class={`link ${linkState(one, other)}`} x1={a.x} y1={a.y} x2={b.x} y2={b.y} />
        }),
      )}
      {nodes.map((node, place) => (
        <RingNode key={node.id} facts={facts} picture={picture} node={node} place={place + 1} />
      ))}
      {nodes.map(({ id, sight }, place) => {
        const self = sight?.failure === null ? sight.status?.self : undefined
        return self === undefined ? null : (
          <Caption key={id} id={place + 1} servers={count}>
            {`commit ${self.commitIndex}/${self.lastLogIndex}`}
          </Caption>
        )
      })}
    </svg>
  )
}

/** Both ends have a say; one that cannot be asked leaves it to the other. */
function linkState(one: NodePicture, other: NodePicture): string {
  const [there, back] = [isBroken(reachBetween(one, other)), isBroken(reachBetween(other, one))]
  return there && back ? "cut" : there || back ? "one-way" : ""
}

interface RingNodeProps {
  readonly facts: Facts
  readonly picture: Picture
  readonly node: NodePicture
  /** From 1. */
  readonly place: number
}

function RingNode({ facts, picture, node, place }: RingNodeProps) {
  const { x, y } = placeOf(place, picture.nodes.length)
  const radius = serverRadius(picture.nodes.length)
  const isSelected = facts.selected.value === node.id
  const isPaused = facts.dev.value?.nodes.find(({ id }) => id === node.id)?.state === "paused"
  const role = isPaused ? "stopped" : roleOf(node)
  const self = node.sight?.failure === null ? node.sight.status?.self : undefined
  const toggle = () => (facts.selected.value = isSelected ? null : node.id)
  return (
    <g
      class={["server", role, isSelected ? "selected" : "", node.member === null ? "outside" : ""].filter(Boolean).join(" ")}
      transform={`translate(${x} ${y})`}
      data-node={node.name}
      onClick={toggle}
    >
      <g
        class="face"
        role="button"
        tabindex={0}
        aria-pressed={isSelected}
        aria-label={describe(node, isPaused, picture.now)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" && event.key !== " ") return
          event.preventDefault()
          toggle()
        }}
      >
        <ServerShape role={role} radius={radius} color={self === undefined ? "var(--idle)" : colorOfTerm(self.term)} />
      </g>
      <g aria-hidden="true">
        <text class="name" dy="-0.2em">
          {node.name}
        </text>
        <text class="detail" dy="1.05em">
          {isPaused ? "❚❚ paused" : picture.unheard.includes(node) ? "asking …" : self === undefined ? "no answer" : `term ${self.term}`}
        </text>
      </g>
    </g>
  )
}

/** A learner stays one, whatever it may call itself. */
export function roleOf({ sight, member }: NodePicture): string {
  if (sight === null || sight.status === null || sight.failure !== null) return "down"
  const { role } = sight.status.self
  const isLearner = member?.standing === "learner" || member?.standing === "promoting"
  return isLearner && role === "follower" ? "learner" : role
}

function describe(node: NodePicture, isPaused: boolean, now: number): string {
  const { sight, name } = node
  if (sight === null) return `${name}, its client address is unknown`
  if (isPaused) return `${name}, paused`
  if (sight.status === null || sight.failure !== null) {
    return sight.answeredAt === null ? `${name}, has not answered yet` : `${name}, does not answer, last did ${ago(now - sight.answeredAt)}`
  }
  const { term, commitIndex } = sight.status.self
  return `${name}, ${roleOf(node)}, term ${term}, commit ${commitIndex}`
}
