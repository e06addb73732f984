import { campaign } from "./campaign.ts"

campaign(1_001, 1_500)
