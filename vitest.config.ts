// Five suites. `unit` runs from source, in parallel. `seeds` runs the simulator's campaign as it was built, which takes a third less time than from source.
// `commands` runs the built command line tool where no deadline is near, and `browser` looks at the built visualizer in Chromium: nothing in them has a
// deadline but the patience of their tests, so they run in parallel too. `e2e` starts real processes of the built command line tool: one file at a time and
// after everything else, because its clusters need the processor for themselves to keep their deadlines.

import { fileURLToPath } from "node:url"
import { defineConfig } from "vitest/config"

/** On two processors vitest would use one. */
const maxWorkers = "100%"

/** The simulator's campaign. */
const seeds = "test/simulation/seeds-*.test.ts"

/** End-to-end tests of commands that end by themselves. */
const commands = ["bad-input", "json", "simulation"].map((name) => `test/e2e/${name}.test.ts`)

/** Those that watch a real cluster. */
const withCluster = ["test/e2e/visualizer/live.test.ts", "test/e2e/visualizer/capture.test.ts"]

export default defineConfig({
  test: {
    projects: [
      {
        // The visualizer names the package as its users do.
        resolve: {
          alias: [
            { find: /^oarlock\/(.+\/internal)$/, replacement: fileURLToPath(new URL("src/$1.ts", import.meta.url)) },
            { find: /^oarlock\/(.+)$/, replacement: fileURLToPath(new URL("src/$1/index.ts", import.meta.url)) },
          ],
        },
        test: {
          name: "unit",
          include: ["src/**/*.test.ts", "test/**/*.test.ts", "bench/**/*.test.ts", "web/**/*.test.ts"],
          exclude: ["test/e2e/**", seeds],
          setupFiles: ["test/setup.ts"],
          testTimeout: 20_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "seeds",
          include: [seeds],
          setupFiles: ["test/setup.ts"],
          server: { deps: { external: [/\/dist\//] } },
          maxWorkers,
        },
      },
      {
        test: {
          name: "commands",
          include: commands,
          setupFiles: ["test/setup.ts"],
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "browser",
          include: ["test/e2e/visualizer/**/*.test.ts"],
          exclude: [...withCluster],
          setupFiles: ["test/setup.ts"],
          expect: { poll: { timeout: 10_000 } },
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers,
        },
      },
      {
        test: {
          name: "e2e",
          include: ["test/e2e/*.test.ts", ...withCluster],
          exclude: commands,
          setupFiles: ["test/setup.ts"],
          expect: { poll: { timeout: 5_000 } },
          testTimeout: 120_000,
          hookTimeout: 60_000,
          maxWorkers: 1,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
