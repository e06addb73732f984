import { findAgain } from "./find-again.ts"

findAgain("Membership", "Snapshots", "Reads", "Clients")
