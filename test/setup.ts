// Runs before every test file. Property tests draw from a fixed seed, so that a run which passed once passes again
// and a failure is reproduced by running it again; `FC_SEED=<number>` looks elsewhere.

import fc from "fast-check"

fc.configureGlobal({ seed: Number(process.env["FC_SEED"] ?? 2014) })
