/** Who reaches whom: a row for each observer, this page among them, because each knows only its own side. */

import type { Facts } from "../../model/observed/facts.ts"
import { type NodePicture, type Reach, milliseconds, reachBetween, reachFromPage, roundTripBetween } from "../../model/observed/picture.ts"

const marks = { yes: "✓", no: "✕", cut: "✂", unknown: "?" } as const

export function Reachability({ facts }: { readonly facts: Facts }) {
  const { nodes } = facts.picture.value
  return (
    <section class="panel" aria-label="Who reaches whom">
      <h2>Who reaches whom</h2>
      <div class="wide" tabIndex={0} role="region" aria-label="Who reaches whom, a table">
        <table class="reach">
          <thead>
            <tr>
              <th scope="col">from</th>
              {nodes.map(({ id, name }) => (
                <th key={id} scope="col">
                  {name}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">this page</th>
              {nodes.map((node) => (
                <Cell key={node.id} reach={reachFromPage(node)} />
              ))}
            </tr>
            {nodes.map((observer) => (
              <ObserverRow key={observer.id} observer={observer} nodes={nodes} />
            ))}
          </tbody>
        </table>
      </div>
      <p class="legend">
        This page: the round trip. A leader: when it last heard from a follower. A follower: when it last heard from the leader, else
        whether there is a connection. ↔: how long the way there and back takes, as the node of the row measures it.
      </p>
    </section>
  )
}

function ObserverRow({ observer, nodes }: { readonly observer: NodePicture; readonly nodes: readonly NodePicture[] }) {
  return (
    <tr>
      <th scope="row">{observer.name}</th>
      {nodes.map((node) => (
        <Cell key={node.id} reach={reachBetween(observer, node)} roundTripMs={roundTripBetween(observer, node)} />
      ))}
    </tr>
  )
}

function Cell({ reach, roundTripMs = null }: { readonly reach: Reach | null; readonly roundTripMs?: number | null }) {
  if (reach === null) return <td class="same-node">–</td>
  return (
    <td class={reach.state}>
      <span aria-hidden="true">{marks[reach.state]} </span>
      {reach.text}
      {roundTripMs !== null && <small>↔ {milliseconds(roundTripMs)}</small>}
    </td>
  )
}
