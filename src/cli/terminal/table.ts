/**
 * Tables and figures in plain text, for people. Columns are as wide as their widest cell; numbers stand to the right.
 */

export interface TableColumn<Row> {
  readonly title: string
  readonly cell: (row: Row) => string
  readonly align?: "left" | "right"
}

/** Lines with a header, two spaces between columns, nothing at the end of a line. */
export function formatTable<Row>(
  columns: readonly TableColumn<Row>[],
  rows: readonly Row[],
  header: (line: string) => string = (line) => line,
): string {
  const cells = rows.map((row) => columns.map((column) => column.cell(row)))
  const widths = columns.map((column, at) => Math.max(visibleWidth(column.title), ...cells.map((line) => visibleWidth(line[at]!))))
  const toLine = (line: readonly string[]) =>
    line
      .map((text, at) => {
        const padding = " ".repeat(widths[at]! - visibleWidth(text))
        return columns[at]!.align === "right" ? padding + text : text + padding
      })
      .join("  ")
      .trimEnd()
  return [header(toLine(columns.map((column) => column.title))), ...cells.map(toLine)].join("\n")
}

/** Characters on the screen: without colour sequences. */
export function visibleWidth(text: string): number {
  // eslint-disable-next-line no-control-regex
  return [...text.replaceAll(/\u001B\[\d+m/g, "")].length
}

/** `0 B`, `812 B`, `1.5 KiB`, `23.4 MiB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1024) return `${bytes} B`
  const units = ["KiB", "MiB", "GiB", "TiB"]
  let value = bytes / 1024
  let unit = 0
  while (value >= 1023.95 && unit < units.length - 1) {
    value /= 1024
    unit++
  }
  return `${value.toFixed(1)} ${units[unit]}`
}

/** `3 ms`, `4.2 s`, `12 min`, `3.4 h`, `2.1 d`. */
export function formatAge(ms: number): string {
  if (ms < 1000) return `${Math.round(ms)} ms`
  if (ms < 100_000) return `${(ms / 1000).toFixed(1)} s`
  if (ms < 6_000_000) return `${Math.round(ms / 60_000)} min`
  if (ms < 172_800_000) return `${(ms / 3_600_000).toFixed(1)} h`
  return `${(ms / 86_400_000).toFixed(1)} d`
}

/** "n1", "n1 and n2", "n1, n2 and n3". */
export function listInWords(items: readonly string[]): string {
  if (items.length <= 1) return items[0] ?? "nobody"
  return `${items.slice(0, -1).join(", ")} and ${items.at(-1)}`
}
