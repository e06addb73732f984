import { findAgain } from "./find-again.ts"

findAgain("Membership", "Snapshots", "The key-value store", "Reads", "Clients", "Identity", "Limits")
