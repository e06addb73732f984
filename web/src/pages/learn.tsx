/** Learn. */

export function LearnPage() {
  return (
    <main class="cards">
      <h1>Learn</h1>
    </main>
  )
}
