/** What can be done to the selected node: faults of the real process under `oarlock dev`, and an operator's work. */

import { useRef, useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { DevNode } from "../../model/observed/dev-status.ts"
import type { LiveCluster, Said } from "../../model/observed/live/live-cluster.ts"
import type { DevAction } from "../../model/observed/live/power.ts"
import type { NodePicture } from "../../model/observed/picture.ts"
import { previewOf, type Intent } from "../../model/observed/quorum.ts"
import { roleOf } from "./live-ring.tsx"

export function NodeActions({ live }: { readonly live: LiveCluster }) {
  const group = useRef<HTMLDivElement>(null)
  const { nodes } = live.picture.value
  const node = nodes.find(({ id }) => id === live.selected.value)
  if (node === undefined) {
    return (
      <>
        <p class="hint">Click a node to see what can be done to it.</p>
        <SaidHere live={live} where="cluster" />
      </>
    )
  }
  const process = live.dev.value?.nodes.find(({ id }) => id === node.id) ?? null
  return (
    <div class="node-actions" ref={group} tabIndex={-1} role="group" aria-label={`Actions for ${node.name}`}>
      <h2>
        {node.name}
        <span class="source">{` ${roleOf(node)}${process === null ? "" : ` · process ${process.pid ?? "–"}, ${process.state}`}`}</span>
      </h2>
      {process !== null && <Faults live={live} node={node} process={process} />}
      <Operations key={node.id} live={live} node={node} takeFocus={() => group.current?.focus()} />
      {live.power.value.kind === "none" && <p class="hint">Read-only: without a token nothing can be done from here.</p>}
      {live.power.value.kind !== "none" && !live.armed.value && <p class="hint">Switch Arm on to do something.</p>}
      <SaidHere live={live} where="cluster" />
    </div>
  )
}

function Faults({ live, node, process }: { readonly live: LiveCluster; readonly node: NodePicture; readonly process: DevNode }) {
  const { name, id } = node
  const { picture, armed, dev } = live
  const isAlive = process.state === "running" || process.state === "starting"
  const isPaused = process.state === "paused"
  const configuration = picture.value.view?.status?.configuration
  const others = picture.value.nodes.filter((other) => other.id !== id)
  const isCut = dev.value?.cutLinks.some(({ from, to }) => from === id || to === id) === true
  const isolate = others.map((other): DevAction => ({ action: "cut", from: name, to: other.name, oneWay: false }))
  const doer = (...actions: DevAction[]) => ({
    type: "button" as const,
    onClick: () => inBackground(live.breakIt(...actions)),
  })
  const intent: Intent = isAlive ? { kind: "lose", id } : { kind: "return", id }
  return (
    <>
      <div class="actions">
        <button {...doer({ action: "kill", target: name })} disabled={!armed.value || !(isAlive || isPaused)}>
          Kill -9
        </button>
        {isPaused ? (
          <button {...doer({ action: "resume", target: name })} disabled={!armed.value}>
            Resume
          </button>
        ) : (
          <button {...doer({ action: "pause", target: name })} disabled={!armed.value || !isAlive}>
            Pause
          </button>
        )}
        <button {...doer({ action: "restart", target: name })} disabled={!armed.value}>
          {isAlive || isPaused ? "Restart" : "Start"}
        </button>
        <button {...doer(...isolate)} disabled={!armed.value || others.length === 0}>
          Isolate
        </button>
        <button {...doer({ action: "heal", from: name, to: null })} disabled={!armed.value || !isCut}>
          Heal
        </button>
        {others.map((other) => (
          <button key={other.id} {...doer({ action: "cut", from: name, to: other.name, oneWay: true })} disabled={!armed.value}>
            {`Cut ${name} → ${other.name}`}
          </button>
        ))}
      </div>
      {configuration !== undefined && (
        <p class="hint">{`${isAlive ? `Without ${name}` : `With ${name} back`}: ${previewOf(intent, configuration, picture.value.isUp)}`}</p>
      )}
    </>
  )
}

type Change = "promote" | "demote" | "remove"

interface OperationsProps {
  readonly live: LiveCluster
  readonly node: NodePicture
  readonly takeFocus: () => void
}

function Operations({ live, node, takeFocus }: OperationsProps) {
  const [pending, setPending] = useState<Change | "transfer" | "snapshot" | null>(null)
  const { leadership, view, isUp } = live.picture.value
  const { standing } = node.member ?? {}
  const configuration = view?.status?.configuration
  const leader = leadership?.sight ?? null
  if (live.power.value.kind === "none" || configuration === undefined || node.member === null) return null
  const isJoint = configuration.votersOutgoing.length > 0
  const can = live.armed.value
  const canChange = can && leader !== null && !isJoint
  const close = (): void => {
    setPending(null)
    // The button that was pressed goes away, and the one that opened this may not be pressed again soon.
    takeFocus()
  }
  const perform = (): void => {
    close()
    if (pending === "snapshot") {
      inBackground(live.operate(node.sight!.address, "snapshot", {}, ({ index }) => `${node.name} took a snapshot up to entry ${index}.`))
      return
    }
    if (leader === null || pending === null) return
    if (pending === "transfer") {
      inBackground(live.operate(leader.address, "transfer", { to: node.id }, () => `${node.name} leads now.`))
      return
    }
    const past = { promote: "promoted", demote: "demoted", remove: "removed" }[pending]
    const body = { kind: pending, id: node.id, version: configuration.index }
    inBackground(live.operate(leader.address, "member", body, () => `${node.name} was ${past}.`))
  }
  const preview =
    pending === null
      ? ""
      : pending === "transfer"
        ? `${leadership!.name} stops taking writes until ${node.name} is up to date and leads; the quorum stays as it is.`
        : pending === "snapshot"
          ? `${node.name} writes its state down and lets go of the log before it; the quorum stays as it is.`
          : previewOf({ kind: pending, id: node.id }, configuration, isUp)
  return (
    <>
      <div class="actions">
        <button
          type="button"
          disabled={!canChange || leadership!.id === node.id || standing !== "voter"}
          onClick={() => setPending("transfer")}
        >
          Transfer leadership here…
        </button>
        <button type="button" disabled={!can || node.sight?.failure !== null} onClick={() => setPending("snapshot")}>
          Take snapshot…
        </button>
        {standing === "voter" ? (
          <button type="button" disabled={!canChange} onClick={() => setPending("demote")}>
            Make learner…
          </button>
        ) : (
          <button type="button" disabled={!canChange} onClick={() => setPending("promote")}>
            Promote…
          </button>
        )}
        <button type="button" disabled={!canChange} onClick={() => setPending("remove")}>
          Remove…
        </button>
      </div>
      {pending !== null && (
        <div class="notice" role="group" aria-label="Effect">
          <p>{preview}</p>
          <div class="actions">
            <button type="button" class="main" disabled={!can} onClick={perform}>
              Do it
            </button>
            <button type="button" onClick={close}>
              Leave it
            </button>
          </div>
        </div>
      )}
    </>
  )
}

/** What the last action came to, read out by screen readers. */
export function SaidHere({ live, where }: { readonly live: LiveCluster; readonly where: Said["where"] }) {
  const said = live.said.value?.where === where ? live.said.value : null
  return (
    <p class={`said ${said?.isBad === true ? "bad" : ""}`} role="status">
      {said?.text ?? ""}
    </p>
  )
}
