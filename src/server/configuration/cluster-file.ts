/**
 * The cluster file: one JSON document that describes a whole cluster, the same on every machine (`oarlock start --cluster file --id 2`).
 *
 * Fields are checked one by one and every problem is reported at once, with the field's path. An unknown field is a problem too: a
 * misspelt timing that is silently ignored shows only when the cluster is in trouble.
 */

import { formatAddress, parseAddress } from "./address.ts"
import { type ConfigProblem, show } from "./config-error.ts"

export interface ClusterFile {
  /** Tells this cluster from others; null if the file does not say. */
  readonly cluster: string | null
  readonly members: readonly ClusterFileMember[]
  /** Data folder, relative to the file, with `{name}` and `{id}` replaced. */
  readonly data: string | null
  readonly timings: {
    readonly electionTimeoutMinMs: number | null
    readonly electionTimeoutMaxMs: number | null
    readonly heartbeatIntervalMs: number | null
  }
  readonly limits: {
    readonly requestBytesMax: number | null
    readonly historyBytesMax: number | null
    readonly snapshotEntries: number | null
  }
  readonly leaseReads: boolean | null
  readonly campaignOnDisconnect: boolean | null
  readonly tls: { readonly client: ClusterFileTls | null; readonly peer: ClusterFileTls | null }
  readonly log: { readonly level: string | null; readonly format: string | null }
}

export interface ClusterFileMember {
  readonly id: number
  readonly name: string
  /** `host:port` */
  readonly peer: string
  /** `host:port`; empty if it serves no clients. */
  readonly client: string
}

/** Paths as written; relative ones are meant from the file's folder. */
export interface ClusterFileTls {
  readonly cert: string
  readonly key: string
  readonly ca: string | null
  readonly requireClientCert: boolean
}

/** Reads the text of a cluster file. `file` is only for messages. Problems go to `problems`; the result is usable only if none were added. */
export function parseClusterFile(file: string, text: string, problems: ConfigProblem[]): ClusterFile {
  let document: unknown
  try {
    document = JSON.parse(text)
  } catch (error) {
    problems.push({
      where: file,
      found: `text that is not JSON (${(error as Error).message})`,
      expected: "a JSON object",
      advice: "see examples/cluster.json",
    })
    document = {}
  }
  const root = new Fields(file, "", document, problems)
  const timings = root.section("timings")
  const limits = root.section("limits")
  const tls = root.section("tls")
  const log = root.section("log")
  const result: ClusterFile = {
    cluster: root.text("cluster"),
    members: root.list("members").map(parseMember),
    data: root.text("data"),
    timings: {
      electionTimeoutMinMs: timings.positive("electionTimeoutMinMs"),
      electionTimeoutMaxMs: timings.positive("electionTimeoutMaxMs"),
      heartbeatIntervalMs: timings.positive("heartbeatIntervalMs"),
    },
    limits: {
      requestBytesMax: limits.positive("requestBytesMax"),
      historyBytesMax: limits.positive("historyBytesMax"),
      snapshotEntries: limits.positive("snapshotEntries"),
    },
    leaseReads: root.flag("leaseReads"),
    campaignOnDisconnect: root.flag("campaignOnDisconnect"),
    tls: { client: parseTls(tls, "client"), peer: parseTls(tls, "peer") },
    log: { level: log.text("level"), format: log.text("format") },
  }
  for (const section of [timings, limits, tls, log, root]) section.refuseOthers()
  checkUnique(file, result.members, problems)
  return result
}

function parseMember(fields: Fields): ClusterFileMember {
  const id = fields.positive("id")
  const member = {
    id: id ?? 0,
    name: fields.text("name") ?? (id === null ? "" : `n${id}`),
    peer: fields.address("peer", true),
    client: fields.address("client", false),
  }
  if (id === null && !fields.has("id")) fields.problem("id", null, "an integer from 1 to 4294967295", "give every member its own")
  if (id !== null && id > 0xffff_ffff) fields.problem("id", show(id), "an integer from 1 to 4294967295", "")
  fields.refuseOthers()
  return member
}

function parseTls(parent: Fields, name: string): ClusterFileTls | null {
  if (!parent.has(name)) return null
  const fields = parent.section(name)
  const result = {
    cert: fields.requiredText("cert", "the path of a PEM certificate"),
    key: fields.requiredText("key", "the path of a PEM private key"),
    ca: fields.text("ca"),
    requireClientCert: fields.flag("requireClientCert") ?? false,
  }
  if (result.requireClientCert && result.ca === null) {
    fields.problem("ca", null, "the path of the PEM certificates that sign the others' certificates", "requireClientCert needs it")
  }
  fields.refuseOthers()
  return result
}

function checkUnique(file: string, members: readonly ClusterFileMember[], problems: ConfigProblem[]): void {
  for (const field of ["id", "name", "peer", "client"] as const) {
    const seen = new Map<string | number, number>()
    for (const [position, member] of members.entries()) {
      const value = member[field]
      if (value === "" || value === 0) continue
      const earlier = seen.get(value)
      if (earlier === undefined) seen.set(value, position)
      else {
        problems.push({
          where: `${file}: members[${position}].${field}`,
          found: show(value),
          expected: `a value that no other member has`,
          advice: `members[${earlier}] has it already`,
        })
      }
    }
  }
}

/** One JSON object being read: remembers its path and which fields were asked for. */
class Fields {
  readonly #file: string
  readonly #path: string
  readonly #object: Record<string, unknown>
  readonly #problems: ConfigProblem[]
  readonly #known = new Set<string>()

  constructor(file: string, path: string, value: unknown, problems: ConfigProblem[]) {
    this.#file = file
    this.#path = path
    this.#problems = problems
    const isObject = typeof value === "object" && value !== null && !Array.isArray(value)
    this.#object = isObject ? (value as Record<string, unknown>) : {}
    if (!isObject && value !== undefined) {
      problems.push({ where: path === "" ? file : `${file}: ${path}`, found: show(value), expected: "an object in braces", advice: "" })
    }
  }

  has(name: string): boolean {
    return this.#object[name] !== undefined
  }

  problem(name: string, found: string | null, expected: string, advice: string): void {
    this.#problems.push({ where: `${this.#file}: ${this.#at(name)}`, found, expected, advice })
  }

  text(name: string): string | null {
    return this.#read(name, "text in quotes, not empty", (value) => typeof value === "string" && value !== "") as string | null
  }

  requiredText(name: string, expected: string): string {
    const value = this.text(name)
    if (value === null && !this.has(name)) this.problem(name, null, expected, "")
    return value ?? ""
  }

  flag(name: string): boolean | null {
    return this.#read(name, "true or false", (value) => typeof value === "boolean") as boolean | null
  }

  positive(name: string): number | null {
    return this.#read(name, "an integer above 0", (value) => Number.isSafeInteger(value) && (value as number) > 0) as number | null
  }

  address(name: string, required: boolean): string {
    const text = this.text(name)
    if (text === null) {
      if (required && !this.has(name))
        this.problem(name, null, "an address as host:port, such as 127.0.0.1:2380", "say where other nodes reach it")
      return ""
    }
    const address = parseAddress(text)
    if ("port" in address) return formatAddress(address)
    this.problem(name, show(text), address.expected, address.advice)
    return ""
  }

  section(name: string): Fields {
    this.#known.add(name)
    return new Fields(this.#file, this.#at(name), this.#object[name], this.#problems)
  }

  list(name: string): Fields[] {
    this.#known.add(name)
    const value = this.#object[name]
    if (Array.isArray(value) && value.length > 0) {
      return value.map((element, position) => new Fields(this.#file, `${this.#at(name)}[${position}]`, element, this.#problems))
    }
    this.problem(name, value === undefined ? null : show(value), "a list of at least one member", "see examples/cluster.json")
    return []
  }

  refuseOthers(): void {
    for (const name of Object.keys(this.#object)) {
      if (this.#known.has(name)) continue
      this.problem(name, "a field that we do not know", `one of ${[...this.#known].join(", ")}`, "correct its name or remove it")
    }
  }

  #read(name: string, expected: string, fits: (value: unknown) => boolean): unknown {
    this.#known.add(name)
    const value = this.#object[name]
    if (value === undefined) return null
    if (fits(value)) return value
    this.problem(name, show(value), expected, "")
    return null
  }

  #at(name: string): string {
    return this.#path === "" ? name : `${this.#path}.${name}`
  }
}
