/** Who belongs, and adding somebody. */

import { useState } from "preact/hooks"
import type { Live } from "./live.ts"
import { inWords } from "./picture.ts"
import { majorityOf, previewOf } from "./quorum.ts"

export function Members({ live }: { readonly live: Live }) {
  const status = live.picture.value.view?.status
  if (status === undefined || status === null) return null
  const { configuration, members } = status
  const isJoint = configuration.votersOutgoing.length > 0
  const names = (ids: readonly number[]) => inWords(ids.map((id) => members.find((member) => member.id === id)?.name || `node ${id}`))
  return (
    <section class="panel" aria-label="Members">
      <h2>Members</h2>
      {isJoint && <p class="notice">{`Joint consensus: ${names(configuration.votersOutgoing)} → ${names(configuration.voters)}`}</p>}
      <p>{`Voters: ${names(configuration.voters)} (majority ${majorityOf(configuration.voters.length)})`}</p>
      {configuration.learners.length > 0 && <p>{`Learners: ${names(configuration.learners)}`}</p>}
      <p class="source">{`Configuration of entry ${configuration.index}, as ${status.self.name} has it`}</p>
      {live.power.value.kind !== "none" && <AddLearner live={live} />}
    </section>
  )
}

function AddLearner({ live }: { readonly live: Live }) {
  const [name, setName] = useState("")
  const [peerAddress, setPeer] = useState("")
  const [clientAddress, setClient] = useState("")
  const [isPending, setPending] = useState(false)
  const { leadership, view, isUp } = live.picture.value
  const configuration = view!.status!.configuration
  const leader = leadership?.sight ?? null
  const canAdd = live.armed.value && leader !== null && name !== "" && peerAddress !== ""
  const add = (): void => {
    setPending(false)
    const id = configuration.highestId + 1
    const listen = `--listen-peer-urls http://${peerAddress}${clientAddress === "" ? "" : ` --listen-client-urls http://${clientAddress}`}`
    const start = `oarlock start --id ${id} --name ${name} --join ${leader!.address} ${listen}`
    const body = { kind: "addLearner", id, name, peerAddress, clientAddress, version: configuration.index }
    void live.operate(leader!.address, "member", body, () => `Added ${name} as a learner. Start it with: ${start}`)
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
      <summary>Add a learner</summary>
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
            <button type="button" onClick={() => setPending(false)}>
              Leave it
            </button>
          </div>
        </div>
      )}
    </details>
  )
}
