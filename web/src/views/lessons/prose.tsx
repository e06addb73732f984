/** A paragraph of a lesson, with `code` and **strong** words. */

export function Prose({ children }: { readonly children: string }) {
  const parts = children.split(/(`[^`]+`|\*\*[^*]+\*\*)/)
  return (
    <p>
      {parts.map((part, position) => {
        if (part.startsWith("`")) return <code key={position}>{part.slice(1, -1)}</code>
        if (part.startsWith("**")) return <b key={position}>{part.slice(2, -2)}</b>
        return part
      })}
    </p>
  )
}
