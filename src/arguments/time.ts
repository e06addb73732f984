/** How long a caller can ask to wait. */

import { number } from "./readers.ts"

/** What a timer of the platform can hold: 2^31 - 1 ms, more than 24 days. It takes a longer time for none at all, and fires at once. */
export const timerMsMax = 2_147_483_647

/** A time to wait, in milliseconds, fractions allowed. */
export const timeoutMs = number(0, timerMsMax)
