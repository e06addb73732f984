/** A drawing of the page as a file that needs nothing of the page: what its style sheets say is written into it. */

/** What a drawing here gets from a style sheet, and what it would be without one. */
const styled = [
  ["fill", "rgb(0, 0, 0)"],
  ["stroke", "none"],
  ["stroke-width", "1px"],
  ["stroke-dasharray", "none"],
  ["stroke-linecap", "butt"],
  ["opacity", "1"],
  ["font-size", "16px"],
  ["font-weight", "400"],
  ["text-anchor", "start"],
  ["paint-order", "normal"],
] as const

const colors = new Set(["fill", "stroke"])

/** `svg` has to be in the document. */
export function standAlone(svg: SVGSVGElement, title: string): string {
  const { width, height } = svg.viewBox.baseVal
  const copy = svg.cloneNode(true) as SVGSVGElement
  const originals = [svg, ...svg.querySelectorAll("*")]
  for (const [position, element] of [copy, ...copy.querySelectorAll("*")].entries()) writeStyle(originals[position]!, element)
  for (const name of ["class", "style", "role", "aria-label"]) copy.removeAttribute(name)
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg")
  copy.setAttribute("width", String(width))
  copy.setAttribute("height", String(height))
  copy.setAttribute("font-family", "system-ui, sans-serif")
  const paper = document.createElementNS("http://www.w3.org/2000/svg", "rect")
  paper.setAttribute("width", String(width))
  paper.setAttribute("height", String(height))
  paper.setAttribute("fill", plainColor(getComputedStyle(document.body).getPropertyValue("background-color"), "#ffffff"))
  const name = document.createElementNS("http://www.w3.org/2000/svg", "title")
  name.textContent = title
  copy.prepend(name, paper)
  return `${new XMLSerializer().serializeToString(copy)}\n`
}

function writeStyle(original: Element, element: Element): void {
  const style = getComputedStyle(original)
  for (const [name, without] of styled) {
    const value = style.getPropertyValue(name)
    if (value === without) element.removeAttribute(name)
    else element.setAttribute(name, colors.has(name) ? plainColor(value, value) : value)
  }
  element.removeAttribute("style")
  element.removeAttribute("class")
}

const plain = new Map<string, string>()
let brush: CanvasRenderingContext2D | null = null

/** Style sheets mix colours in ways that other programs do not read: as a browser paints them, they are three numbers. */
function plainColor(value: string, otherwise: string): string {
  if (value === "none") return value
  const known = plain.get(value)
  if (known !== undefined) return known
  brush ??= document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  if (brush === null) return otherwise
  brush.clearRect(0, 0, 1, 1)
  brush.fillStyle = value
  brush.fillRect(0, 0, 1, 1)
  const [red = 0, green = 0, blue = 0, alpha = 0] = brush.getImageData(0, 0, 1, 1).data
  const hex = [red, green, blue].map((part) => part.toString(16).padStart(2, "0")).join("")
  const found = alpha === 0 ? "none" : alpha === 255 ? `#${hex}` : `#${hex}${alpha.toString(16).padStart(2, "0")}`
  plain.set(value, found)
  return found
}
