/** World time as people read it: `0:03.250` is three and a quarter seconds after the beginning. */
export function worldTime(ms: number): string {
  const whole = Math.max(0, Math.floor(ms))
  const seconds = Math.floor(whole / 1_000)
  const pad = (number: number, digits: number): string => String(number).padStart(digits, "0")
  return `${Math.floor(seconds / 60)}:${pad(seconds % 60, 2)}.${pad(whole % 1_000, 3)}`
}
