/**
 * Any value in a few words, for the sentence that refuses it. Runs nothing of the caller's: no `toString`, no `toJSON`, and where a proxy or a
 * getter answers in their place, what it throws stays here.
 */

const charactersMax = 60
const namesMax = 3

export function show(value: unknown): string {
  switch (typeof value) {
    case "string":
      return showText(value)
    case "bigint":
      return `${cut(String(value))}n`
    case "symbol":
      return "a symbol"
    case "function":
      return "a function"
    case "object":
      return value === null ? "null" : showObject(value)
    default:
      return String(value)
  }
}

function showText(text: string): string {
  const shown = JSON.stringify(text.length > charactersMax ? text.slice(0, charactersMax) : text)
  return text.length > charactersMax ? `${shown.slice(0, -1)}…" (${text.length} characters)` : shown
}

function showObject(value: object): string {
  try {
    if (Array.isArray(value)) return value.length === 0 ? "an empty list" : `a list of ${value.length}`
    const tag = Object.prototype.toString.call(value).slice("[object ".length, -1)
    if (tag !== "Object") return withHelp(tag)
    const names = Object.keys(value)
    if (names.length === 0) return "an object without properties"
    return `an object with ${names.slice(0, namesMax).map(cut).join(", ")}${names.length > namesMax ? ", …" : ""}`
  } catch {
    return "an object that cannot be looked at"
  }
}

function withHelp(tag: string): string {
  const name = `${/^[AEIO]/.test(tag) ? "an" : "a"} ${cut(tag)}`
  if (tag === "Promise") return `${name} (await it first)`
  if (tag === "ArrayBuffer" || tag === "SharedArrayBuffer") return `${name} (its bytes are: new Uint8Array(buffer))`
  return name
}

function cut(text: string): string {
  return text.length > charactersMax ? `${text.slice(0, charactersMax)}…` : text
}
