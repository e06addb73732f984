/** The ring and the space-time diagram as files. Drawn out of sight, so that nobody's view has to move for it. */

import type { World } from "oarlock/simulator"
import { render, type ComponentChildren } from "preact"
import type { Branch } from "../../model/time-machine/branch.ts"
import type { TimeMachine } from "../../model/time-machine/time-machine.ts"
import { worldTime } from "../../model/time-machine/world-time.ts"
import { layOut, positionOf, type Unit } from "../panels/space-time-layout.ts"
import { Drawing } from "../panels/space-time.tsx"
import { stage } from "../ring/geometry.ts"
import { RingPicture } from "../ring/ring-picture.tsx"
import type { GifReply, GifRequest } from "./gif-worker.ts"
import { standAlone } from "./stand-alone.ts"

/** Pixels of a PNG for one of the drawing. */
const pngScale = 2
/** Frames of a GIF: what a page may hold and somebody will watch. */
export const framesMax = 200
const frameDelayMs = 140
const lastFrameDelayMs = 1_500
/** A space-time diagram to keep is as wide as what it shows, up to this. */
const spaceTimeWidthMax = 2_000

export function ringSvg(timeMachine: TimeMachine): string {
  return drawnRing(timeMachine, timeMachine.branch, timeMachine.world)
}

function drawnRing({ names }: TimeMachine, { record }: Branch, world: World): string {
  const label = `${world.nodeIds.length} servers after event ${world.eventNumber}`
  return drawn(<RingPicture world={world} record={record} names={names} label={label} />, `Oarlock: ${label}, ${worldTime(world.now)}`)
}

/** The last part of the run up to where one stands. */
export function spaceTimeSvg(timeMachine: TimeMachine, unit: Unit): string {
  const { world, step, order, branch } = timeMachine
  const scale = unit === "time" ? 4 : 16
  const end = positionOf({ unit, scale }, step, world.now) + 24
  const width = Math.min(spaceTimeWidthMax, Math.ceil(end))
  const layout = layOut({
    unit,
    scale,
    left: end - width,
    width,
    servers: world.nodeIds,
    moments: branch.moments.slice(0, step + 1),
    record: branch.record.upTo(order),
    step,
    now: world.now,
    order,
    cone: null,
    arrivals: new Map(world.inFlight().map(({ name, at }) => [name, at])),
  })
  const title = `Oarlock: messages between ${world.nodeIds.length} servers up to event ${step}, ${worldTime(world.now)}`
  return drawn(<Drawing layout={layout} width={width} servers={world.nodeIds} withNames />, title)
}

export async function pngOf(svg: string): Promise<Blob> {
  const canvas = await painted(svg, pngScale)
  return new Promise((resolve, reject) => {
    canvas.toBlob((blob) => (blob === null ? reject(new Error("this browser made no picture of it")) : resolve(blob)), "image/png")
  })
}

/** The ring from event `from` through event `through`, a frame each. `onFrame` hears how many are done. */
export async function gifOf(timeMachine: TimeMachine, from: number, through: number, onFrame: (frames: number) => void): Promise<Blob> {
  // What was asked for stays the same if the page is left meanwhile.
  const { branch } = timeMachine
  const worker = new Worker(new URL("./gif-worker.ts", import.meta.url), { type: "module" })
  const ask = (request: GifRequest, transfer: Transferable[] = []): Promise<GifReply> =>
    new Promise((resolve, reject) => {
      worker.addEventListener("message", ({ data }: MessageEvent<GifReply>) => resolve(data), { once: true })
      worker.addEventListener("error", (event) => reject(new Error(event.message)), { once: true })
      worker.postMessage(request, transfer)
    })
  try {
    for (let step = from; step <= through; step++) {
      const canvas = await painted(drawnRing(timeMachine, branch, timeMachine.worldOf(branch.id, step)), 1)
      const { width, height } = canvas
      const pixels = canvas.getContext("2d")!.getImageData(0, 0, width, height).data
      const delayMs = step === through ? lastFrameDelayMs : frameDelayMs
      const reply = await ask({ kind: "frame", pixels, width, height, delayMs }, [pixels.buffer])
      if (reply.kind === "taken") onFrame(reply.frames)
    }
    const reply = await ask({ kind: "end" })
    if (reply.kind !== "file") throw new Error("the GIF has no end")
    return new Blob([reply.bytes], { type: "image/gif" })
  } finally {
    worker.terminate()
  }
}

function drawn(content: ComponentChildren, title: string): string {
  const host = document.createElement("div")
  host.className = "out-of-sight"
  document.body.append(host)
  try {
    render(content, host)
    return standAlone(host.querySelector("svg")!, title)
  } finally {
    render(null, host)
    host.remove()
  }
}

async function painted(svg: string, scale: number): Promise<HTMLCanvasElement> {
  const address = URL.createObjectURL(new Blob([svg], { type: "image/svg+xml" }))
  try {
    const image = new Image()
    image.src = address
    await image.decode()
    const canvas = document.createElement("canvas")
    canvas.width = (image.naturalWidth || stage.width) * scale
    canvas.height = (image.naturalHeight || stage.height) * scale
    canvas.getContext("2d", { willReadFrequently: true })!.drawImage(image, 0, 0, canvas.width, canvas.height)
    return canvas
  } finally {
    URL.revokeObjectURL(address)
  }
}
