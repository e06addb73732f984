/** What is kept on this device; a browser may forbid to touch it, and then the answer is `otherwise`. */
export function onDevice<Answer>(use: (storage: Storage) => Answer, otherwise: Answer): Answer {
  try {
    return use(localStorage)
  } catch {
    return otherwise
  }
}
