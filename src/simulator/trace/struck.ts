/** What a strike of a fault plan is about to do: the world decides it at that very moment, by who leads and whose disk is damaged. */

import { strike, type Strike } from "../faults/strike.ts"
import type { WorldAction } from "../state/action.ts"
import type { World } from "../world/world.ts"

/** To be asked right before the event happens. Damage that could not be borne is among it; the world then leaves that out. */
export function strikeAt(world: World, event: { readonly plan: number; readonly number: number }): Strike {
  const { faults, seed } = world.options
  const leaders = world.views.filter(({ role }) => role === "leader")
  return strike(faults[event.plan]!, event.plan, event.number, seed, {
    nodes: world.nodeIds,
    leaders: leaders.map(({ id }) => id),
    configuration: leaders.at(-1)?.configuration ?? null,
    damaged: [...world.damaged.keys()],
  })
}

/** Whether it takes something from a disk that no protocol could do without, were it done to too many. */
export function isDamage({ kind }: WorldAction): boolean {
  return kind === "rot" || kind === "misdirectWrite" || kind === "wipe"
}
