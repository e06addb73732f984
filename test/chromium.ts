/** Where Chromium is on this machine. `npm test` installs it where it can (scripts/engines.mjs). */

import { existsSync } from "node:fs"

/** Null if there is none. */
export function chromiumPath(): string | null {
  const { CHROMIUM } = process.env
  const paths = [
    ...(CHROMIUM === undefined ? [] : [CHROMIUM]),
    ...["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`),
  ]
  return paths.find((path) => existsSync(path)) ?? null
}
