/**
 * The operator's token, from the file that `--operator-token-file` names.
 *
 * A file, so that the token stands in no list of processes; and long enough that nobody guesses it over the network.
 */

import { readFileSync } from "node:fs"
import { explainFileError } from "./config-error.ts"
import type { SettingsReader } from "./settings-reader.ts"

/** Characters. */
const operatorTokenLengthMin = 16

/** Null if there is none; what is wrong with it becomes a problem of the reader's. */
export function readOperatorToken(reader: SettingsReader): string | null {
  const path = reader.path("operatorTokenFile")
  if (path === null) return null
  const expected = `a file with a text of at least ${operatorTokenLengthMin} letters, digits, - . _ ~ + / or =, and nothing else`
  try {
    const token = readFileSync(path, "utf8").trim()
    if (token.length >= operatorTokenLengthMin && /^[A-Za-z0-9._~+/=-]+$/.test(token)) return token
    reader.problem("operatorTokenFile", expected, "make one with: openssl rand -hex 24")
  } catch (error) {
    reader.problem("operatorTokenFile", expected, explainFileError(error))
  }
  return null
}
