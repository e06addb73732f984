// A thin face over oxc-parser for the tests that read our own sources: parse, walk, and say in which line something stands.
// Nodes are ESTree (plus TypeScript's), taken as plain records: the rules look at a handful of properties of a hundred kinds.

import { parseSync, visitorKeys } from "oxc-parser"

/** Any syntax node: its kind, its span in the text, and whatever else its kind has. */
export interface Node {
  readonly type: string
  readonly start: number
  readonly end: number
  readonly [property: string]: unknown
}

/** A parsed file. `lineOf` counts from 1. */
export interface Source {
  readonly program: Node
  lineOf(node: Node): number
}

/** Parses one file; throws on a syntax error, which the compiler would report better. */
export function parse(path: string, text: string): Source {
  const result = parseSync(path, text, { sourceType: "module" })
  const [error] = result.errors
  if (error !== undefined) throw new Error(`${path} does not parse: ${error.message}`)
  return {
    program: result.program as unknown as Node,
    lineOf: (node) => text.slice(0, node.start).split("\n").length,
  }
}

/** Calls `visit` for a node and everything below it, parents first. */
export function walk(node: Node, visit: (node: Node, parent: Node | null) => void, parent: Node | null = null): void {
  visit(node, parent)
  for (const key of visitorKeys[node.type] ?? []) {
    const below = node[key]
    for (const child of Array.isArray(below) ? below : [below]) {
      if (child !== null && typeof child === "object") walk(child as Node, visit, node)
    }
  }
}

/** The name of an identifier node, undefined for every other kind. */
export function nameOf(node: unknown): string | undefined {
  if (node === null || typeof node !== "object") return undefined
  const { type, name } = node as Partial<Node>
  return type === "Identifier" && typeof name === "string" ? name : undefined
}
