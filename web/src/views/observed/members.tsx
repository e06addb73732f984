/** Who belongs, and who votes. What can be done about it is put below, where something can. */

import type { ComponentChildren } from "preact"
import type { Facts } from "../../model/observed/facts.ts"
import { inWords } from "../../model/observed/picture.ts"
import { majorityOf } from "../../model/observed/quorum.ts"

interface MembersProps {
  readonly facts: Facts
  readonly children?: ComponentChildren
}

export function Members({ facts, children }: MembersProps) {
  const status = facts.picture.value.view?.status
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
      {children}
    </section>
  )
}
