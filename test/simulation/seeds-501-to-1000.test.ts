import { campaign } from "./campaign.ts"

campaign(501, 1_000)
