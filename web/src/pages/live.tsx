/** Live. */

export function LivePage() {
  return (
    <main class="cards">
      <h1>Live</h1>
    </main>
  )
}
