import { storiesOf } from "../stories-of.ts"

export const stories = storiesOf(
  import.meta.glob<string>("../../../../../scenarios/elections/*.scenario", { query: "?raw", import: "default", eager: true }),
)
