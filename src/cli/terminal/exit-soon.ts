/** The end of a process that was asked to end, or cannot go on. */

/** How long it may take once there is nothing left to do, in milliseconds. */
export const exitPatienceMs = 1000

/**
 * Words to somebody who does not read hold a process up. One that was asked to end, or that should be started again, does not wait for them longer
 * than `exitPatienceMs`; it exits with `process.exitCode`.
 */
export function exitSoon(exit: () => void = process.exit): void {
  setTimeout(() => exit(), exitPatienceMs).unref()
}
