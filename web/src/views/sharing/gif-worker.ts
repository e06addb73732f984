/** Makes a GIF out of frames, in a thread of its own: choosing 256 colours for a frame takes a tenth of a second. */

import { applyPalette, GIFEncoder, quantize } from "gifenc"

/** A frame to add, or the end of it: then the file comes back. */
export type GifRequest =
  | {
      readonly kind: "frame"
      readonly pixels: Uint8ClampedArray
      readonly width: number
      readonly height: number
      readonly delayMs: number
    }
  | { readonly kind: "end" }

/** Said after each request: the number of frames so far, or the whole file. */
export type GifReply =
  | { readonly kind: "taken"; readonly frames: number }
  | { readonly kind: "file"; readonly bytes: Uint8Array<ArrayBuffer> }

const encoder = GIFEncoder()
let frames = 0

const reply = (message: GifReply): void => {
  const scope = globalThis as unknown as { postMessage(message: GifReply, transfer: Transferable[]): void }
  scope.postMessage(message, message.kind === "file" ? [message.bytes.buffer] : [])
}

addEventListener("message", ({ data }: MessageEvent<GifRequest>) => {
  if (data.kind === "end") {
    encoder.finish()
    reply({ kind: "file", bytes: encoder.bytes() })
    return
  }
  const { pixels, width, height, delayMs } = data
  const palette = quantize(pixels, 256)
  encoder.writeFrame(applyPalette(pixels, palette), width, height, { palette, delay: delayMs, repeat: 0 })
  frames += 1
  reply({ kind: "taken", frames })
})
