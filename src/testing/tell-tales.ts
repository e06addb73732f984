/**
 * Watches for what would make two servers disagree: a state machine that asks the time or throws dice while it applies a command.
 *
 * The globals are replaced for the length of one synchronous call and put back whatever happens.
 */

/** Runs `work` and says which of the forbidden things it asked for, by name; null if none. */
export function forbiddenUse(work: () => void): string | null {
  let used: string | null = null
  const { random } = Math
  const RealDate = globalThis.Date
  Math.random = () => {
    used ??= "Math.random()"
    return random()
  }
  globalThis.Date = new Proxy(RealDate, {
    // A date of given numbers is a value like any other; only the present moment differs from server to server.
    construct: (target, given: unknown[], self) => {
      if (given.length === 0) used ??= "new Date()"
      return Reflect.construct(target, given, self) as object
    },
    apply: () => {
      used ??= "Date()"
      return new RealDate().toString()
    },
    get: (target, name) => {
      if (name === "now") used ??= "Date.now()"
      return Reflect.get(target, name) as unknown
    },
  })
  try {
    work()
  } finally {
    Math.random = random
    globalThis.Date = RealDate
  }
  return used
}
