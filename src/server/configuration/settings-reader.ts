/** Written settings as typed values; what does not fit becomes a problem that names the place, and reading goes on. */

import { resolve } from "node:path"
import { type Address, parseAddress } from "./address.ts"
import { type ConfigProblem, show } from "./config-error.ts"
import type { SettingKey, Written, WrittenSettings } from "./settings.ts"

export class SettingsReader {
  readonly problems: ConfigProblem[] = []
  readonly workingDirectory: string
  readonly #written: WrittenSettings

  constructor(written: WrittenSettings, workingDirectory: string) {
    this.#written = written
    this.workingDirectory = workingDirectory
  }

  written(key: SettingKey): Written | null {
    return this.#written.get(key) ?? null
  }

  has(key: SettingKey): boolean {
    return this.#written.has(key)
  }

  /** Once per place and expectation: some settings are read twice. */
  problem(key: SettingKey, expected: string, advice: string): void {
    const written = this.written(key)
    const where = written?.where ?? flagName(key)
    if (this.problems.some((problem) => problem.where === where && problem.expected === expected && problem.advice === advice)) return
    this.problems.push({ where, found: written === null ? null : show(written.text), expected, advice })
  }

  missing(where: string, expected: string, advice: string): void {
    this.problems.push({ where, found: null, expected, advice })
  }

  text(key: SettingKey): string | null {
    const written = this.written(key)
    return written === null || written.text === "" ? null : written.text
  }

  path(key: SettingKey): string | null {
    const text = this.text(key)
    return text === null ? null : resolve(this.workingDirectory, text)
  }

  flag(key: SettingKey): boolean {
    const text = this.text(key)
    if (text === null || text === "false" || text === "0") return false
    if (text !== "true" && text !== "1") this.problem(key, "true or false", "")
    return true
  }

  integer(key: SettingKey, min: number, max: number): number | null {
    const text = this.text(key)
    if (text === null) return null
    const value = /^\d+$/.test(text) ? Number(text) : Number.NaN
    if (value >= min && value <= max) return value
    this.problem(key, `an integer from ${min} to ${max}`, "")
    return null
  }

  oneOf<T extends string | null>(key: SettingKey, choices: readonly T[], otherwise: T): T {
    const text = this.text(key)
    if (text === null) return otherwise
    if ((choices as readonly (string | null)[]).includes(text)) return text as T
    this.problem(key, `one of ${choices.join(", ")}`, "")
    return otherwise
  }

  addresses(key: SettingKey): readonly Address[] {
    const text = this.text(key)
    if (text === null) return []
    const addresses: Address[] = []
    for (const part of text.split(",")) {
      const address = parseAddress(part)
      if ("port" in address) addresses.push(address)
      else this.problem(key, address.expected, address.advice)
    }
    return addresses
  }
}

/** `--data-dir` for `dataDir`. */
export function flagName(key: SettingKey): string {
  return `--${key.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}`
}
