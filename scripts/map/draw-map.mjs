// The map as a picture: floors as boxes, rooms in them, an arrow where one imports another. Graphviz places everything.

import { instance } from "@viz-js/viz"
import { readImports } from "./imports.mjs"
import { groupIntoRooms, withoutImplied } from "./rooms.mjs"

/** What stands under each floor's name. */
const jobs = {
  arguments: "values from outside, checked",
  core: "Raft: inputs in, Ready out",
  wire: "messages and records as bytes",
  storage: "write-ahead log and snapshots",
  replica: "one whole replica",
  requests: "what a client does until it has its answer",
  kv: "the key-value state machine",
  simulator: "the seeded world and its checkers",
  node: "files, sockets, timers; the library",
  testing: "for your own state machine",
  client: "the native client",
  server: "the server",
  cli: "the command line",
}

const ink = "#1c2430"
const quiet = "#5b6675"
const colours = { pure: { fill: "#e9f3fb", line: "#4c8fd6" }, shell: { fill: "#fdf3e1", line: "#c98a1b" } }
const pureFloors = new Set(["arguments", "core", "wire", "storage", "replica", "requests", "kv", "simulator"])

/** The map of the sources below `root`, as SVG. Equal sources give equal pictures. */
export async function drawMap(root) {
  const { floors, doors } = groupIntoRooms(readImports(root, "src"))
  const viz = await instance()
  return `${viz
    .renderString(asDot(floors, doors), { format: "svg" })
    .replace(/<!--[^]*?-->\n?/g, "")
    .trim()}\n`
}

function asDot(floors, doors) {
  const isFloor = new Set(floors.map(({ name }) => name))
  const between = withoutImplied(
    doors.filter(([from, to]) => isFloor.has(from) && isFloor.has(to) && !from.includes("/") && !sameFloor(from, to)),
  )
  const within = withoutImplied(doors.filter(([from, to]) => sameFloor(from, to)))
  return [
    "digraph {",
    `graph [compound=true rankdir=TB ranksep=0.45 nodesep=0.14 fontname="Helvetica" bgcolor="white" pad=0.2 newrank=false]`,
    `node [shape=box style="rounded,filled" fillcolor="white" color="${quiet}" fontname="Helvetica" fontsize=11 fontcolor="${ink}" margin="0.09,0.04" height=0.28 penwidth=0.8]`,
    `edge [color="${quiet}" arrowsize=0.6 penwidth=0.9]`,
    ...floors.map(floorAsDot),
    ...within.map(([from, to]) => `"${from}" -> "${to}" [color="#9aa4b1" penwidth=0.7 arrowsize=0.45]`),
    ...between.map(
      ([from, to]) =>
        `"${lowestOf(from, floors, within)}" -> "${anchorOf(to, floors)}" [ltail="cluster_${from}" lhead="cluster_${to}" penwidth=1.6 color="${ink}" arrowsize=0.9]`,
    ),
    "}",
  ].join("\n")
}

const sameFloor = (from, to) => from.split("/")[0] === to.split("/")[0]

function floorAsDot({ name, files, rooms }) {
  const { fill, line } = pureFloors.has(name) ? colours.pure : colours.shell
  const title = `<b>${name}</b>  <font point-size="11" color="${quiet}">${jobs[name] ?? ""}, ${count(files)}</font>`
  return [
    `subgraph "cluster_${name}" { label=<${title}> labeljust=l fontsize=15 fontcolor="${ink}" style="rounded,filled" fillcolor="${fill}" color="${line}" margin=10`,
    ...rooms.map((room) => `"${room.name}" [label="${room.name === name ? "·" : room.name.slice(name.length + 1)} ${room.files}"]`),
    "}",
  ].join("\n")
}

const anchorOf = (floor, floors) => {
  const { rooms } = floors.find(({ name }) => name === floor)
  return (rooms.find(({ name }) => name === floor) ?? rooms[0]).name
}

/** A room of the floor that stands on no other of it, so that the whole floor stands above the next one. */
const lowestOf = (floor, floors, within) => {
  const { rooms } = floors.find(({ name }) => name === floor)
  return (rooms.findLast(({ name }) => !within.some(([from]) => from === name)) ?? rooms[0]).name
}

const count = (files) => (files === 1 ? "1 file" : `${files} files`)
