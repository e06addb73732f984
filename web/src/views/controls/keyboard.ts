/** Keys of the playground. A field that is being typed into keeps its keys, and so does a control that has a use for them. */

import { heal, isolate, resumeAll, timeOutAll } from "../../model/time-machine/compound-actions.ts"
import type { Player } from "../../model/time-machine/player.ts"

export interface Keyed {
  readonly player: Player
  readonly showHelp: () => void
}

export function onKey(event: KeyboardEvent, { player, showHelp }: Keyed): void {
  const target = event.target as HTMLElement
  if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "z" && !target.matches("input, textarea")) {
    if (event.shiftKey) player.redo()
    else player.undo()
    event.preventDefault()
    return
  }
  if (
    event.ctrlKey ||
    event.metaKey ||
    event.altKey ||
    target.matches("input:not([type=checkbox], [type=radio], [type=range]), textarea, select")
  )
    return
  const isOnControl = target.matches("button, a, summary, input[type=checkbox], input[type=radio]")
  if (event.key === " " && isOnControl) return
  if (
    event.key.startsWith("Arrow") &&
    target.matches("input[type=range], input[type=radio], .log-scroll, .space-time-scroll, ol, [role=tab], [role=menuitem]")
  )
    return
  if (act(event, player, showHelp)) event.preventDefault()
}

function act(event: KeyboardEvent, player: Player, showHelp: () => void): boolean {
  const { timeMachine } = player
  const { value: selection } = player.selection
  const id = selection?.kind === "server" ? selection.id : null
  const isElection = (step: number): boolean => timeMachine.branch.moments[step]?.elected != null
  switch (event.key) {
    case " ":
      player.toggle()
      return true
    case "ArrowRight":
      if (event.shiftKey) player.jump(1, isElection)
      else player.forward()
      return true
    case "ArrowLeft":
      if (event.shiftKey) player.jump(-1, isElection)
      else player.back()
      return true
    case "Escape":
      player.select(null)
      return true
    case "?":
      showHelp()
      return true
    case "/":
      player.view.value = "events"
      requestAnimationFrame(() => document.querySelector<HTMLInputElement>(".search")?.focus())
      return true
    case "h":
      player.act(...heal(timeMachine))
      return true
    case "b":
      player.fork()
      return true
    case "a":
      return player.act(...timeOutAll(timeMachine))
    case "g":
      return player.act(...resumeAll(timeMachine))
    case "i":
      player.view.value = "inspector"
      // It may have been out of sight until now.
      requestAnimationFrame(() => document.querySelector<HTMLElement>(".inspector")?.focus())
      return true
    default:
  }
  if (/^[1-9]$/.test(event.key) && timeMachine.world.nodeIds.includes(Number(event.key))) {
    player.select({ kind: "server", id: Number(event.key) })
    return true
  }
  if (id === null) return false
  const isUp = timeMachine.world.stateOf(id) !== null
  switch (event.key) {
    case "c":
      return isUp && player.act({ kind: "crash", node: id, powerLoss: false })
    case "r":
      return !isUp && player.act({ kind: "restart", node: id })
    case "w":
      return player.ask(id, { kind: "put", register: 1 })
    case "t":
      return player.act({ kind: "timeout", node: id })
    case "p":
      return player.act(...isolate(timeMachine, id))
    default:
      return false
  }
}
