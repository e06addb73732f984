// The layer table of ARCHITECTURE.md as data, and the rule that a source file keeps to its row of it: it imports only
// layers that its row names, only through their public face, and in a pure layer it names nothing that could make two
// runs of the same events differ (time, dice, timers, promises, the process). The compiler already hides most of those
// from the pure layers by giving them no Node and no DOM types; what the language itself brings (`Date`, `Promise`,
// `Math.random`, `async`) only this check sees.

import { posix } from "node:path"
import { type Node, nameOf, parse, walk } from "./syntax.ts"

/** What a layer may do. `faces` are the files of it that other layers may import. */
interface Layer {
  readonly mayImport: readonly string[]
  readonly pure: boolean
  readonly faces: readonly string[]
}

/** A broken rule: where, and what to do about it in words. */
export interface Violation {
  readonly file: string
  readonly line: number
  readonly problem: string
}

const pureLayers = ["arguments", "core", "wire", "storage", "requests", "replica", "kv"]
const index = ["index.ts"]

/** One row per folder of `src/`, in the order in which they build on each other. */
export const layers: Readonly<Record<string, Layer>> = {
  // Below everything, since whatever is public checks what it is given: docs/decisions/0018-what-a-wrong-argument-gets.md.
  arguments: { mayImport: [], pure: true, faces: index },
  core: { mayImport: ["arguments"], pure: true, faces: index },
  // Two languages within it have a face of their own: a client speaks them without loading the peers' frames and log records.
  wire: { mayImport: ["arguments", "core"], pure: true, faces: ["index.ts", "client/index.ts", "kv/index.ts"] },
  storage: { mayImport: ["arguments", "core", "wire"], pure: true, faces: index },
  // What the clients have in common, the embedded, the native and the simulated one.
  requests: { mayImport: ["arguments", "core", "wire"], pure: true, faces: index },
  replica: { mayImport: ["arguments", "core", "wire", "storage"], pure: true, faces: index },
  // `wire` holds the words it shares with the client: docs/decisions/0002-kv-vocabulary-lives-in-wire.md.
  kv: { mayImport: ["arguments", "replica", "wire"], pure: true, faces: index },
  // What only our own programs need has a face of its own: docs/decisions/0022-an-entry-without-a-promise.md.
  simulator: { mayImport: pureLayers, pure: true, faces: ["index.ts", "internal.ts"] },
  node: { mayImport: pureLayers, pure: false, faces: index },
  testing: { mayImport: ["arguments", "core", "storage", "replica", "simulator"], pure: false, faces: index },
  client: { mayImport: ["arguments", "wire", "requests"], pure: false, faces: index },
  etcd: { mayImport: ["kv", "node"], pure: false, faces: index },
  server: { mayImport: [...pureLayers, "node", "client", "etcd"], pure: false, faces: ["index.ts", "internal.ts"] },
  // `storage`, `node` and `wire` are for `oarlock wal`: docs/decisions/0001-cli-may-read-the-log.md.
  cli: { mayImport: ["arguments", "server", "client", "simulator", "storage", "node", "wire"], pure: false, faces: index },
}

const ambientNames = new Set(
  [
    "Date Promise Intl WeakRef FinalizationRegistry Atomics SharedArrayBuffer",
    "setTimeout setInterval setImmediate queueMicrotask clearTimeout clearInterval clearImmediate",
    "process performance crypto Buffer console fetch globalThis window self require",
  ].flatMap((names) => names.split(" ")),
)

/** Everything in one source file (`path` relative to the project, with forward slashes) that breaks the layer table. */
export function layerViolations(path: string, text: string): Violation[] {
  const [top, name = "", ...inner] = path.split("/")
  const layer = layers[name]
  if (top !== "src" || layer === undefined || inner.length === 0) {
    return [{ file: path, line: 1, problem: "stands in no layer: every source belongs to a folder of the layer table" }]
  }
  const found: Violation[] = []
  const source = parse(path, text)
  const report = (node: Node, problem: string): void => {
    found.push({ file: path, line: source.lineOf(node), problem })
  }
  const local = layer.pure ? declaredNames(source.program) : new Set<string>()

  walk(source.program, (node, parent) => {
    const specifier = specifierOf(node)
    if (specifier !== undefined) {
      const problem = importProblem(path, name, layer, specifier)
      if (problem !== undefined) report(node, problem)
    }
    if (layer.pure) {
      const problem = impurity(node, parent, local)
      if (problem !== undefined) report(node, `${problem}, but ${name} is a pure layer: events in, effects out`)
    }
  })
  return found
}

/** The module that a node imports or re-exports, `import("…")` types included. */
function specifierOf(node: Node): string | undefined {
  switch (node.type) {
    case "ImportDeclaration":
    case "ExportNamedDeclaration":
    case "ExportAllDeclaration":
    case "ImportExpression":
    case "TSImportType": {
      const source = node["source"] as Node | null | undefined
      return typeof source?.["value"] === "string" ? source["value"] : undefined
    }
    default:
      return undefined
  }
}

function importProblem(path: string, name: string, layer: Layer, specifier: string): string | undefined {
  if (!specifier.startsWith(".")) {
    if (layer.pure) return `imports ${specifier}, but ${name} is a pure layer: it depends on no package and not on Node.js`
    if (specifier === "oarlock" || specifier.startsWith("oarlock/"))
      return `imports ${specifier}: inside src a relative path says which layer`
    return undefined
  }
  const target = posix.join(posix.dirname(path), specifier)
  const [top, to = "", ...inner] = target.split("/")
  if (top !== "src") return `imports ${specifier}, which is outside src`
  if (to === name) return undefined
  if (!layer.mayImport.includes(to)) return `imports ${to}, but ${name} may import only: ${layer.mayImport.join(", ") || "nothing"}`
  if (!layers[to]?.faces.includes(inner.join("/"))) return `imports ${target} past the public face of ${to}: use its index.ts`
  return undefined
}

/** What makes this node nondeterministic or asynchronous, in words; undefined for an innocent one. */
function impurity(node: Node, parent: Node | null, local: ReadonlySet<string>): string | undefined {
  if (node["async"] === true) return "is async"
  if (node.type === "AwaitExpression" || node["await"] === true) return "awaits"
  if (node.type === "ImportExpression") return "imports dynamically"
  if (node.type === "MemberExpression" && nameOf(node["object"]) === "Math" && nameOf(node["property"]) === "random") {
    return "names Math.random"
  }
  if (node.type !== "Identifier" || parent === null || isOnlyALabel(node, parent)) return undefined
  const name = nameOf(node) ?? ""
  return ambientNames.has(name) && !local.has(name) ? `names ${name}` : undefined
}

/** `message.process` and `{ process: 1 }` name a property, not the global. */
function isOnlyALabel(node: Node, parent: Node): boolean {
  if (parent["computed"] === true) return false
  if (parent.type === "MemberExpression") return parent["property"] === node
  if (parent.type === "TSQualifiedName") return parent["right"] === node
  return parent["key"] === node
}

/** Names that the file itself gives a meaning: a simulated `process` is not the real one (the compiler knows no other here). */
function declaredNames(program: Node): Set<string> {
  const names = new Set<string>()
  const add = (pattern: unknown): void => {
    if (pattern === null || typeof pattern !== "object") return
    walk(pattern as Node, (node, parent) => {
      const isDefault = parent?.type === "AssignmentPattern" && parent["right"] === node
      const name = nameOf(node)
      if (name !== undefined && !isDefault && !(parent !== null && parent.type === "Property" && parent["key"] === node)) names.add(name)
    })
  }
  walk(program, (node) => {
    if (node.type === "VariableDeclarator" || node.type.endsWith("Declaration")) add(node["id"])
    if (node.type === "ImportSpecifier") add(node["local"])
    if (Array.isArray(node["params"])) for (const parameter of node["params"]) add(withoutType(parameter as Node))
  })
  return names
}

function withoutType(parameter: Node): Node {
  return { ...parameter, typeAnnotation: null }
}
