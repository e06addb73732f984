/**
 * What a cluster can lose, and what a change would do to that: majorities of the voters, in a joint configuration of both halves (Raft §6).
 */

import type { ClusterStatus } from "oarlock/server"

type Configuration = ClusterStatus["configuration"]

export interface Slack {
  /** Voters that may still be lost; below 0: so many are missing for a majority. */
  readonly now: number
  /** The same with every voter up. */
  readonly design: number
}

export function slackOf(configuration: Configuration, isUp: (id: number) => boolean): Slack {
  const halves = halvesOf(configuration)
  const least = (count: (half: readonly number[]) => number): number =>
    Math.min(...halves.map((half) => count(half) - majorityOf(half.length)))
  return { now: least((half) => half.filter(isUp).length), design: least((half) => half.length) }
}

/** The halves that each need a majority: one, or two while joint. */
export function halvesOf({ voters, votersOutgoing }: Configuration): readonly (readonly number[])[] {
  return votersOutgoing.length === 0 ? [voters] : [votersOutgoing, voters]
}

/** A half that has no majority. */
export interface Lack {
  /** "voters", in a joint configuration with the half that they are. */
  readonly who: string
  readonly up: number
  readonly count: number
  readonly majority: number
  /** Members that are away. */
  readonly away: readonly number[]
}

export function lacksOf(configuration: Configuration, isUp: (id: number) => boolean): Lack[] {
  const { votersOutgoing } = configuration
  return halvesOf(configuration)
    .map((half) => {
      const who = votersOutgoing.length === 0 ? "voters" : half === votersOutgoing ? "outgoing voters" : "incoming voters"
      const away = half.filter((id) => !isUp(id))
      return { who, up: half.length - away.length, count: half.length, majority: majorityOf(half.length), away }
    })
    .filter(({ up, majority }) => up < majority)
}

export function majorityOf(count: number): number {
  return Math.floor(count / 2) + 1
}

/** What an operator may want to change, or break. */
export type Intent =
  | { readonly kind: "lose"; readonly id: number }
  | { readonly kind: "return"; readonly id: number }
  | { readonly kind: "remove" | "promote" | "demote"; readonly id: number }
  | { readonly kind: "addLearner" | "addVoter" }

/** What of the quorum would be there afterwards, in words. */
export function previewOf(intent: Intent, configuration: Configuration, isUp: (id: number) => boolean): string {
  const { voters, learners } = configuration
  const before = slackOf(configuration, isUp)
  switch (intent.kind) {
    case "lose":
      return describe(
        voters.length,
        before,
        voters.length,
        slackOf(configuration, (id) => id !== intent.id && isUp(id)),
      )
    case "return":
      return describe(
        voters.length,
        before,
        voters.length,
        slackOf(configuration, (id) => id === intent.id || isUp(id)),
      )
    case "addLearner":
      return `It gets the log, and no vote: ${inVoters(voters.length)}, ${slackText(before)}, as before.`
    case "addVoter": {
      const after = { ...configuration, voters: [...voters, 0] }
      return `Once it runs and has caught up: ${describe(
        voters.length,
        before,
        voters.length + 1,
        slackOf(after, (id) => id === 0 || isUp(id)),
      )}`
    }
    case "promote":
    case "demote":
    case "remove": {
      const others = voters.filter((id) => id !== intent.id)
      const next = intent.kind === "promote" ? [...others, intent.id] : others
      if (next.length === 0) return "No voter would remain: it will be refused."
      const after = { ...configuration, voters: next, learners: learners.filter((id) => id !== intent.id) }
      return describe(voters.length, before, next.length, slackOf(after, isUp))
    }
    default:
      return intent satisfies never
  }
}

function describe(votersBefore: number, before: Slack, votersAfter: number, after: Slack): string {
  const voters =
    votersBefore === votersAfter ? inVoters(votersAfter) : `${votersBefore} voters → ${votersAfter}, majority ${majorityOf(votersAfter)}`
  const end = after.now < 0 ? " Writes and linearizable reads will wait." : ""
  return `${voters}: ${slackText(before)} → ${slackText(after)}.${end}`
}

function inVoters(count: number): string {
  return `${count} ${count === 1 ? "voter" : "voters"}, majority ${majorityOf(count)}`
}

export function slackText({ now }: Slack): string {
  if (now < 0) return `no quorum, ${-now} missing`
  return now === 0 ? "can lose no voter" : `can lose ${now} ${now === 1 ? "voter" : "voters"}`
}
