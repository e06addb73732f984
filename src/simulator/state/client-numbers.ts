/** Which numbers clients have: those that a seed drives count from 1. */

/** Scripted clients have ids from here on. */
export const scriptedClientsFrom = 100
/** Operation ids, which are 32 bits, have room for so many. */
export const scriptedClientsMax = 3_900
