/** The glossary of the documentation, which the build puts into the page. */

import { readGlossary } from "./glossary.ts"

const texts = import.meta.glob<string>("../../../../docs/glossary.md", { query: "?raw", import: "default", eager: true })

export const glossary = readGlossary(Object.values(texts)[0] ?? "")
