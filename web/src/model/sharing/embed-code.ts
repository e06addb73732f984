/** A frame with a story or a run in it, to be pasted into a page: 600 × 500, which it fills, and as narrow as the page around it. */

/** `page`: the address of the visualizer without its fragment; `hash`: what is shown, `#/embed/…`. */
export function embedCode(page: string, hash: string, title: string): string {
  const attribute = (text: string): string => text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;")
  return `<iframe src="${attribute(page + hash)}" title="${attribute(title)}" width="600" height="500" style="max-width: 100%; border: 0" loading="lazy"></iframe>`
}
