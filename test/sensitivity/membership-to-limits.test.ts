import { findAgain } from "./find-again.ts"

findAgain("Membership", "Snapshots", "State machines", "The key-value store", "Reads", "Clients", "Identity", "Limits")
