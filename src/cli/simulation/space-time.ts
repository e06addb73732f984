/**
 * A run as a space-time picture in plain text: a lane for each server, time downwards, messages as arrows at the moment of their arrival (or, with
 * a ✗, of their loss), and under each row the rules that fired.
 *
 * Narrow enough for a terminal: whatever does not fit onto the shaft of an arrow goes to the right of the lanes.
 */

import { describeEvent } from "../../simulator/index.ts"
import { describeAction, labelOf, sentenceOf, type Moment, type ServerStanding } from "../../simulator/internal.ts"
import type { Style } from "../terminal/output.ts"

export interface PictureOptions {
  /** Characters in a line. */
  readonly columns: number
  readonly style: Style
}

/** Whether there is anything to draw: a message, something done on purpose, or a rule that fired. */
export function isWorthARow({ actions, arrival, sent, explanations }: Moment): boolean {
  if (arrival !== null || actions.some(({ kind }) => kind !== "wait") || sent.some(({ fate }) => fate !== "onItsWay")) return true
  return explanations.some(({ paper }) => paper !== null)
}

/** The lines over the lanes. */
export function drawHeader(nodes: readonly ServerStanding[], { columns, style }: PictureOptions): string {
  const canvas = new Canvas(nodes.length, columns)
  for (const [lane, { id }] of nodes.entries()) canvas.put(laneAt(canvas, lane), `S${id}`)
  return style.bold(`${"STEP".padStart(stepWidth)}  ${"MS".padStart(timeWidth)}  ${canvas.text()}`)
}

/** One moment as lines. `before`: how the servers stood. */
export function drawMoment(moment: Moment, before: readonly ServerStanding[], options: PictureOptions): readonly string[] {
  const { step, at, event, actions, arrival, sent, nodes, explanations } = moment
  const rows: Row[] = []
  if (arrival !== null) {
    const { from, to, message, fate, name } = arrival
    const why = {
      taken: "",
      waits: "waits: the receiver is busy",
      cut: "the link is cut",
      down: "nobody is there",
      refused: "another disk: refused",
    }[fate]
    rows.push({
      arrow: { from, to, label: labelOf(message), isLost: fate !== "taken" && fate !== "waits" },
      note: why === "" ? name : `${name}: ${why}`,
    })
  } else if (event?.kind === "request" || event?.kind === "answer") {
    rows.push({ note: describeEvent(event) })
  } else rows.push({ note: "" })
  for (const action of actions) rows.push({ note: describeAction(action), isLoud: true })
  for (const { message, fate, name } of sent) {
    if (fate === "onItsWay") continue
    const why = { lost: "lost", cut: "the link is cut", down: "nobody is there" }[fate]
    rows.push({ arrow: { from: message.from, to: message.to, label: labelOf(message), isLost: true }, note: `${name}: ${why}` })
  }
  const [first, ...others] = rows.length > 1 && rows[0]!.note === "" && rows[0]!.arrow === undefined ? rows.slice(1) : rows
  const margin = `${String(step).padStart(stepWidth)}  ${at.toFixed(1).padStart(timeWidth)}  `
  const blank = " ".repeat(margin.length)
  return [
    options.style.dim(margin) + drawRow(first!, nodes, before, options),
    ...others.map((row) => blank + drawRow(row, nodes, nodes, options)),
    ...explanations.flatMap((explanation) => {
      const indent = " ".repeat(stepWidth + 2)
      return wrap(sentenceOf(explanation), options.columns - indent.length - 2).map((line, position) =>
        options.style.dim(`${indent}${position === 0 ? "· " : "  "}${line}`),
      )
    }),
  ]
}

interface Row {
  readonly arrow?: { readonly from: number; readonly to: number; readonly label: string; readonly isLost: boolean }
  readonly note: string
  /** Something that was done on purpose. */
  readonly isLoud?: boolean
}

const stepWidth = 7
const timeWidth = 9
const widestLane = 16
const narrowestLane = 8

function drawRow(
  { arrow, note, isLoud = false }: Row,
  nodes: readonly ServerStanding[],
  before: readonly ServerStanding[],
  { columns, style }: PictureOptions,
): string {
  const canvas = new Canvas(nodes.length, columns)
  const marks = nodes.map((standing, lane) => {
    const was = before[lane]
    return symbolOf(standing) + (was !== undefined && isAnother(was, standing) ? badgeOf(standing) : "")
  })
  for (const [lane, mark] of marks.entries()) canvas.put(laneAt(canvas, lane), mark)
  const spilled = arrow === undefined ? "" : drawArrow(canvas, nodes, marks, arrow)
  const isLost = arrow?.isLost === true
  const words = [spilled, note].filter((text) => text !== "").join("  ")
  const line = canvas.text()
  const room = columns - stepWidth - timeWidth - 4 - canvas.width - 1
  const shown = words === "" ? "" : ` ${[...words].slice(0, Math.max(0, room)).join("")}`
  const text = isLost ? style.bad(line) : line
  return `${text}${isLoud ? style.bold(shown) : style.dim(shown)}`.trimEnd()
}

/** Draws the arrow between the marks of its ends and returns its label if that did not fit. */
function drawArrow(
  canvas: Canvas,
  nodes: readonly ServerStanding[],
  marks: readonly string[],
  { from, to, label, isLost }: NonNullable<Row["arrow"]>,
): string {
  const start = nodes.findIndex(({ id }) => id === from)
  const end = nodes.findIndex(({ id }) => id === to)
  const isRight = end > start
  const west = Math.min(start, end)
  const left = laneAt(canvas, west) + marks[west]!.length
  const right = laneAt(canvas, Math.max(start, end)) - 1
  canvas.put(left, "─".repeat(right - left + 1))
  canvas.put(isRight ? right : left, isLost ? "✗" : isRight ? "▶" : "◀")
  const room = right - left
  if (label.length > room) return label
  const inner = ` ${label} `.length <= room ? ` ${label} ` : label
  canvas.put((isRight ? left : left + 1) + Math.floor((room - inner.length) / 2), inner)
  return ""
}

/** A lane's character says what its server is: `┃` leads, `┆` campaigns, `│` follows, nothing is there. */
function symbolOf({ isUp, role }: ServerStanding): string {
  if (!isUp) return "·"
  return role === "leader" ? "┃" : role === "follower" ? "│" : "┆"
}

/** `L4`: leader of term 4. */
function badgeOf({ isUp, role, term }: ServerStanding): string {
  if (!isUp) return "†"
  return `${{ leader: "L", follower: "F", candidate: "C", preCandidate: "P" }[role]}${term}`
}

function isAnother(was: ServerStanding, is: ServerStanding): boolean {
  return was.isUp !== is.isUp || (is.isUp && (was.role !== is.role || was.term !== is.term))
}

class Canvas {
  readonly laneWidth: number
  readonly width: number
  readonly #cells: string[]

  constructor(lanes: number, columns: number) {
    const room = columns - stepWidth - timeWidth - 4
    // A third of the line is for words.
    this.laneWidth = Math.max(narrowestLane, Math.min(widestLane, Math.floor((room * 2) / 3 / Math.max(1, lanes))))
    this.width = this.laneWidth * (lanes - 1) + 6
    this.#cells = Array.from({ length: this.width }, () => " ")
  }

  put(at: number, text: string): void {
    for (const [offset, letter] of [...text].entries()) if (at + offset < this.width) this.#cells[at + offset] = letter
  }

  text(): string {
    return this.#cells.join("")
  }
}

function laneAt(canvas: Canvas, lane: number): number {
  return 1 + lane * canvas.laneWidth
}

/** Breaks a sentence at spaces into lines of at most `width` characters. */
export function wrap(text: string, width: number): readonly string[] {
  const lines: string[] = []
  let line = ""
  for (const word of text.split(" ")) {
    if (line !== "" && line.length + 1 + word.length > width) {
      lines.push(line)
      line = word
    } else line = line === "" ? word : `${line} ${word}`
  }
  return [...lines, line]
}
