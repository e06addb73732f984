/** The part of gifenc that is used here; it comes without types. */

declare module "gifenc" {
  type Palette = readonly (readonly [number, number, number])[]

  interface Encoder {
    writeFrame(
      indexes: Uint8Array,
      width: number,
      height: number,
      options: { readonly palette: Palette; readonly delay: number; readonly repeat: number },
    ): void
    finish(): void
    bytes(): Uint8Array<ArrayBuffer>
  }

  export function GIFEncoder(): Encoder
  export function quantize(pixels: Uint8ClampedArray, colorsMax: number): Palette
  export function applyPalette(pixels: Uint8ClampedArray, palette: Palette): Uint8Array
}
