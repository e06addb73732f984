import { storiesOf } from "../stories-of.ts"

export const stories = storiesOf(
  import.meta.glob<string>("../../../../../scenarios/snapshots/*.scenario", { query: "?raw", import: "default", eager: true }),
)
