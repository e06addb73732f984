/**
 * Tells a story: performs its commands one after the other, and looks whether its expectations hold.
 *
 * A story passes if every `expect` holds and no invariant is violated but one that the story itself asks for. With its rule broken it passes if the
 * named invariant turns red: then its other expectations do not count, since they tell of the rule being kept.
 */

import { flag, foreignOptions, Misfit, optional, type Reader, record, show } from "../../arguments/index.ts"
import { checkers } from "../checkers/index.ts"
import { argument, instanceOf } from "../ground/read-arguments.ts"
import type { Build } from "../state/build.ts"
import { production } from "../state/build.ts"
import { World } from "../world/world.ts"
import { brokenRules } from "./broken-rules.ts"
import { evaluate, type Finding } from "./evaluate.ts"
import { Ledger } from "./ledger.ts"
import { perform, settle, Setback, type Performance } from "./performance.ts"
import { ScenarioError } from "./scenario-error.ts"
import type { StoryCondition, PlacedCommand, Place, Scenario } from "./scenario.ts"
import { worldOptionsOf } from "./world-options.ts"

/** How to tell a story. */
export interface ScenarioRunOptions {
  /** Whether the rule is broken that the scenario offers with `breakable`; false if left out. */
  readonly broken?: boolean
  /** The code that a world runs when a rule is broken, by the rule's name; the simulator's own rules if left out. */
  readonly rules?: ReadonlyMap<string, Build>
}

const scenarioLike: Reader<Scenario> = (value, path) => {
  const found = foreignOptions<Scenario>("a scenario, as parseScenario gives it")(value, path)
  for (const name of ["setup", "commands"] as const) {
    if (typeof found[name] !== "object")
      throw new Misfit(`${path}.${name}`, `found ${show(found[name])}, expected a scenario, as parseScenario gives it`)
  }
  return found
}

const runOptions = record<ScenarioRunOptions>({
  broken: optional(flag),
  rules: optional(instanceOf<ReadonlyMap<string, Build>>(Map, "a Map of builds by the names of their rules")),
})

/** One telling of a story. Steps are as small as the caller wants: an event of the world, a command, or all of it. */
export class ScenarioRun {
  /** The story that is told. */
  readonly scenario: Scenario
  /** The world that it happens in. It may be looked at and cloned; an action from outside would change the story. */
  readonly world: World
  readonly #ledger = new Ledger()
  readonly #broken: boolean
  /** What is under way: the servers' start, then one command after the other. */
  #performance: Performance
  /** The position of the command that is under way or next; -1 while the servers start. */
  #position = -1
  #failure: ScenarioError | null = null

  /** Throws a `ScenarioError` if the scenario offers no rule to break, or one that nobody knows. */
  constructor(scenario: Scenario, options: ScenarioRunOptions = {}) {
    argument("ScenarioRun", "scenario", scenario, scenarioLike)
    const { broken = false, rules = brokenRules } = argument("ScenarioRun", "options", options, runOptions)
    this.scenario = scenario
    this.#broken = broken
    this.world = World.create(worldOptionsOf(scenario.setup), broken ? this.#brokenBuild(rules) : production)
    for (const log of scenario.setup.logs) this.world.act({ kind: "writeLog", ...log })
    this.#performance = settle(this.world)
  }

  /** The command that is under way or comes next; null while the servers start and at the end. */
  get current(): PlacedCommand | null {
    return this.scenario.commands[this.#position] ?? null
  }

  /** Why the story did not go as it says; null if it did so far. */
  get failure(): ScenarioError | null {
    return this.#failure
  }

  /** Whether the story has failed or was told to its end. */
  get isOver(): boolean {
    return this.#failure !== null || this.#position >= this.scenario.commands.length
  }

  /** What the story calls a register of its world; null if it has not spoken of it so far. */
  keyOf(register: number): string | null {
    return this.#ledger.keyOf(register)
  }

  /** What the story calls the value that an operation wrote; null if the story did not ask for that. */
  valueOf(operationId: number): string | null {
    return this.#ledger.byOperation(operationId) === null ? null : this.#ledger.valueOf(operationId)
  }

  /** Whether a condition holds now, and what is the case. */
  look(condition: StoryCondition): Finding {
    return evaluate(this.world, this.#ledger, condition)
  }

  /** Lets the next event of the world happen, or does what the next command does at once. False if that was the end. */
  step(): boolean {
    if (this.isOver) return false
    try {
      if (this.#performance.next().done !== true) return true
      this.#next()
    } catch (error) {
      this.#onSetback(error)
    }
    return !this.isOver
  }

  /** Goes on to the end of the command that is under way. False if that was the last one. */
  finishCommand(): boolean {
    const position = this.#position
    while (this.#position === position && this.step());
    return !this.isOver
  }

  /** Goes on to the end. Throws a `ScenarioError` if the story does not go as it says. */
  finish(): void {
    while (this.step());
    if (this.#failure !== null) throw this.#failure
  }

  #next(): void {
    this.#checkInvariants()
    this.#position += 1
    const command = this.scenario.commands[this.#position]
    if (command !== undefined) this.#performance = perform(this.world, this.#ledger, command.command)
    else if (this.#broken) this.#checkBroken()
    else this.#lookBack()
  }

  #onSetback(error: unknown): void {
    if (!(error instanceof Setback)) throw error
    const { current, world } = this
    // Once an invariant is violated nothing happens any more, so that everything after it misses something.
    const isConsequence = world.violation !== null && !this.#expectsViolation()
    if (this.#broken) {
      this.#next()
      return
    }
    if (isConsequence) this.#checkInvariants()
    if (this.#failure !== null) return
    const at = error.condition ?? current
    this.#fail(at?.place ?? { line: 1, column: 1 }, error.message, current?.text ?? "", current?.place ?? null, at?.text.length ?? 1)
  }

  #checkInvariants(): void {
    const { violation } = this.world
    if (violation === null || this.#broken || this.#expectsViolation()) return
    this.#failHere(`the invariant ${violation.checker} is violated: ${violation.reason}`)
  }

  /** The story is over: some invariants are about the whole of it. */
  #lookBack(): void {
    this.world.conclude()
    if (this.world.violation === null) return
    this.#position -= 1
    this.#checkInvariants()
    this.#position += 1
  }

  #checkBroken(): void {
    const { breakable } = this.scenario.setup
    const { violation } = this.world
    if (breakable === null || violation?.checker === breakable.violates) return
    const found = violation === null ? "nothing is violated" : `${violation.checker} is: ${violation.reason}`
    this.#position -= 1
    this.#failHere(`with "${breakable.rule}" broken, ${breakable.violates} should be violated, but ${found}`)
  }

  #expectsViolation(): boolean {
    const isViolation = ({ condition }: { readonly condition: StoryCondition }): boolean =>
      condition.kind === "violation" && condition.present
    return this.scenario.commands.some(({ command }) => "conditions" in command && command.conditions.some(isViolation))
  }

  #failHere(problem: string): void {
    const { current } = this
    this.#fail(current?.place ?? { line: 1, column: 1 }, problem, current?.text ?? "", current?.place ?? null, current?.text.length ?? 1)
  }

  #fail(place: Place, problem: string, text: string, start: Place | null, length: number): void {
    const line = " ".repeat((start?.column ?? 1) - 1) + text
    this.#failure = new ScenarioError(this.scenario.file, place, problem, line, length)
  }

  #brokenBuild(rules: ReadonlyMap<string, Build>): Build {
    const { file, setup } = this.scenario
    const place = { line: 1, column: 1 }
    if (setup.breakable === null) throw new ScenarioError(file, place, "this scenario offers no rule to break", "")
    const build = rules.get(setup.breakable.rule)
    // What the story is about is told to its end, even if another invariant turns red on the way.
    const others = checkers.map(({ name }) => name).filter((name) => name !== setup.breakable?.violates)
    if (build !== undefined) return { ...build, tolerated: new Set(others) }
    const known = [...rules.keys()].join(", ")
    throw new ScenarioError(file, place, `nobody knows how to break "${setup.breakable.rule}"; known are: ${known}`, "")
  }
}

/** Tells a whole story. Throws a `ScenarioError` if it does not go as it says. */
export function runScenario(scenario: Scenario, options: ScenarioRunOptions = {}): World {
  const run = new ScenarioRun(scenario, options)
  run.finish()
  return run.world
}
