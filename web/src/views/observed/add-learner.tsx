/** Adding somebody: a learner first, which gets the log and has no vote. */

import { useRef, useState } from "preact/hooks"
import { inBackground } from "../../model/in-background.ts"
import type { LiveCluster } from "../../model/observed/live/live-cluster.ts"
import { previewOf } from "../../model/observed/quorum.ts"

export function AddLearner({ live }: { readonly live: LiveCluster }) {
  const [name, setName] = useState("")
  const [peerAddress, setPeer] = useState("")
  const [clientAddress, setClient] = useState("")
  const [isPending, setPending] = useState(false)
  const summary = useRef<HTMLElement>(null)
  const { leadership, view, isUp } = live.picture.value
  const configuration = view?.status?.configuration
  const leader = leadership?.sight ?? null
  if (live.power.value.kind === "none" || configuration === undefined) return null
  const canAdd = live.armed.value && leader !== null && name !== "" && peerAddress !== ""
  const close = (): void => {
    setPending(false)
    // The button that was pressed goes away.
    summary.current?.focus()
  }
  const add = (): void => {
    close()
    const id = configuration.highestId + 1
    const listen = `--listen-peer-urls http://${peerAddress}${clientAddress === "" ? "" : ` --listen-client-urls http://${clientAddress}`}`
    const start = `oarlock start --id ${id} --name ${name} --join ${leader!.address} ${listen}`
    const body = { kind: "addLearner", id, name, peerAddress, clientAddress, version: configuration.index }
    inBackground(live.operate(leader!.address, "member", body, () => `Added ${name} as a learner. Start it with: ${start}`))
  }
  const field = (label: string, value: string, set: (value: string) => void) => (
    <input
      class="search"
      aria-label={label}
      placeholder={label}
      maxLength={200}
      value={value}
      onInput={(event) => set(event.currentTarget.value.trim())}
    />
  )
  return (
    <details>
      <summary ref={summary}>Add a learner</summary>
      <form
        class="actions"
        onSubmit={(event) => {
          event.preventDefault()
          setPending(true)
        }}
      >
        {field("name", name, setName)}
        {field("peer address, host:port", peerAddress, setPeer)}
        {field("client address, host:port", clientAddress, setClient)}
        <button type="submit" disabled={!canAdd}>
          Add…
        </button>
      </form>
      {isPending && (
        <div class="notice" role="group" aria-label="Effect">
          <p>{previewOf({ kind: "addLearner" }, configuration, isUp)}</p>
          <div class="actions">
            <button type="button" class="main" disabled={!canAdd} onClick={add}>
              Do it
            </button>
            <button type="button" onClick={close}>
              Leave it
            </button>
          </div>
        </div>
      )}
    </details>
  )
}
