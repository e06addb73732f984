/**
 * Mistakes that no command has to look for itself: an option that is given twice with two values, of which one would be ignored, and emptiness
 * where a word is expected, which scripts leave behind when a variable is not set.
 */

import type { Command } from "commander"
import { show } from "../../arguments/index.ts"
import { CliError, exitCode } from "./cli-error.ts"

/** Options that may be empty: a value that is expected to be empty is a value. */
const optionsThatMayBeEmpty: ReadonlySet<string> = new Set(["expect"])

/** Arguments that may be empty, or whose own command says more about it. */
const argumentsThatMayBeEmpty: ReadonlySet<string> = new Set(["value", "key", "from"])

/** For `command` and all below it. */
export function refuseMistakes(command: Command): void {
  for (const option of command.options) {
    const isGathered = option.variadic || (option.parseArg !== undefined && option.argChoices === undefined)
    let given: string | null = null
    command.on(`option:${option.name()}`, (value: string | null | undefined) => {
      if (typeof value !== "string") return
      if (value === "" && !optionsThatMayBeEmpty.has(option.name())) command.error(`error: option '${option.flags}' is empty`)
      if (given !== null && given !== value && !isGathered)
        command.error(
          `error: option '${option.flags}' is given twice, as ${show(given)} and as ${show(value)}; one of them would be ignored`,
        )
      given = value
    })
  }
  for (const child of command.commands) refuseMistakes(child)
}

/** Before a command begins. Throws `CliError`. */
export function refuseEmptyArguments(command: Command): void {
  for (const [position, argument] of command.registeredArguments.entries()) {
    if (command.args[position] === "" && !argumentsThatMayBeEmpty.has(argument.name()))
      throw new CliError(exitCode.usage, `<${argument.name()}> is empty. Add --help to see how \`${command.name()}\` is used.`)
  }
}
