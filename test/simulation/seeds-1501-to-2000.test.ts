import { campaign } from "./campaign.ts"

campaign(1_501, 2_000)
