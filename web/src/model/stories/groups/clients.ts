import { storiesOf } from "../stories-of.ts"

export const stories = storiesOf(
  import.meta.glob<string>("../../../../../scenarios/clients/*.scenario", { query: "?raw", import: "default", eager: true }),
)
