import { findAgain } from "./find-again.ts"

findAgain("Elections", "Durability", "Replication")
