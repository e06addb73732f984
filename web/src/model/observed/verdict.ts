/** The one line that says how the cluster is, and whose word that is. */

import { answers, type Cluster } from "./cluster.ts"
import { ago, duration, inWords, type Picture } from "./picture.ts"
import { lacksOf, slackOf } from "./quorum.ts"

export interface Verdict {
  readonly kind: "asking" | "healthy" | "degraded" | "leaderless" | "down" | "violation"
  readonly text: string
  /** Whose word, and how old. */
  readonly source: string
}

/** A page that slept does not know how things are, in milliseconds. */
const oldAfterMs = 5_000

export function verdictOf(cluster: Cluster, picture: Picture): Verdict {
  const { nodes, leadership, view, now, isUp, unheard } = picture
  const present = nodes.filter(({ sight }) => sight !== null && answers(sight))
  const source = present.length === 0 ? "" : `as ${inWords(present.map(({ name }) => name))} say`
  const broken = brokenTerm(cluster)
  if (broken !== null) {
    const text = `Violation · two nodes led term ${broken}, which must never happen (Raft §5.2)`
    return { kind: "violation", text, source }
  }
  const configuration = view?.status?.configuration
  if (configuration === undefined) {
    const tried = [...cluster.sights.values()]
    const isDown = tried.length > 0 && tried.every(({ failure }) => failure !== null)
    return isDown
      ? {
          kind: "down",
          text: `Down · none of ${tried.length} nodes answers`,
          source: `asked ${inWords(tried.map(({ address }) => address))}`,
        }
      : { kind: "asking", text: "Asking the nodes …", source: "" }
  }
  // A node that has yet to answer is not down: a dead node fails by its timeout at the latest, so this ends.
  if (unheard.length > 0)
    return { kind: "asking", text: "Asking the nodes …", source: `still to answer: ${inWords(unheard.map(({ name }) => name))}` }
  if (present.length === 0) {
    const lastAt = Math.max(...nodes.map(({ sight }) => sight?.answeredAt ?? 0))
    const text = `Down · none of ${nodes.length} nodes answers · the last one did ${ago(now - lastAt)}`
    return { kind: "down", text, source: "what is shown below is what they said last" }
  }
  const slack = slackOf(configuration, isUp)
  if (leadership === null) {
    const lacks = lacksOf(configuration, isUp).map(
      ({ who, up, count, majority }) => `${up} of ${count} ${who} answer, a majority is ${majority}`,
    )
    const why = lacks.length > 0 ? lacks.join("; ") : "an election is due, or under way"
    return { kind: "leaderless", text: `No leader · ${why}`, source }
  }
  const forHowLong = leadership.since === null ? "" : ` for ${duration(now - leadership.since)}`
  const lose =
    slack.now > 0
      ? `can lose ${slack.now} more ${slack.now === 1 ? "voter" : "voters"}`
      : slack.now === 0
        ? "can lose no more voter"
        : `has lost its majority: ${-slack.now} missing`
  const isWhole = slack.now === slack.design && nodes.every(({ sight, member }) => member === null || (sight !== null && answers(sight)))
  const isTroubled = present.some(({ sight }) => sight!.status!.self.disk !== "ok" || sight!.status!.self.halted !== null)
  const kind = isWhole && !isTroubled ? "healthy" : "degraded"
  const word = kind === "healthy" ? "Healthy" : "Degraded"
  const oldest = Math.max(...leadership.sources.map(({ answeredAt }) => now - (answeredAt ?? now)))
  const isOld = oldest > oldAfterMs
  return {
    kind: isOld ? "asking" : kind,
    text: `${isOld ? "Asking again … the last that was heard: " : ""}${word} · ${leadership.name} leads term ${leadership.term}${forHowLong} · ${lose} (design: ${slack.design})`,
    source: `as ${inWords(leadership.sources.map(({ status }) => status!.self.name))} said ${ago(oldest)}`,
  }
}

/** A term that two nodes led, or null. */
export function brokenTerm(cluster: Cluster): number | null {
  for (const [term, ids] of cluster.leaders) if (ids.size > 1) return term
  return null
}
