/** Role is shape: a crown and two rings lead, a square learns, a cross is down; the dashes of a candidate are in the style sheet. */

/** The arms of the cross leave the middle free, where the name stands. */
const corners = [
  [-1, -1],
  [1, -1],
  [1, 1],
  [-1, 1],
] as const

interface ServerShapeProps {
  readonly role: string
  readonly radius: number
  readonly color: string
}

export function ServerShape({ role, radius, color }: ServerShapeProps) {
  const [inner, outer] = [radius * 0.42, radius * 0.7]
  return (
    <>
      {role === "learner" ? (
        <rect class="body" x={-radius} y={-radius} width={2 * radius} height={2 * radius} rx={6} style={{ fill: color }} />
      ) : (
        <circle class="body" r={radius} style={{ fill: color }} />
      )}
      {role === "leader" && <circle class="ring" r={radius + 5} />}
      {role === "leader" && (
        <path class="crown" transform={`translate(0 ${-radius - 16})`} d="M-13 8 L-13 -6 L-6 1 L0 -9 L6 1 L13 -6 L13 8 Z" />
      )}
      {role === "down" && (
        <path class="cross" d={corners.map(([x, y]) => `M${x * inner} ${y * inner}L${x * outer} ${y * outer}`).join("")} />
      )}
    </>
  )
}
