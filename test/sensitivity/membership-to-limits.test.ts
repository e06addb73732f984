import { findAgain } from "./find-again.ts"

findAgain("Membership", "Snapshots", "State machines", "State on disk", "The key-value store", "Reads", "Clients", "Identity", "Limits")
