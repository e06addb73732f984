/**
 * How a server's process handles memory: nearly all that it allocates is bytes outside of the collector's heap (what sockets deliver, log records,
 * values), in blocks that come and go by the tens of megabytes a second. Two defaults are made for other programs:
 *
 * - V8 counts such bytes against the growth of the heap itself, which the store keeps small (about 15 MB), and marks it all anew for every 8 MB of
 *   traffic: several times a second under load, a tenth of all processor time.
 * - glibc gives freed memory back to the kernel above a threshold of 128 KiB, and gets it again page by page, zeroed: a fifth of the time that a restart
 *   with a million keys takes. It raises the threshold by itself once it sees a larger block freed (mallopt(3), `M_MMAP_THRESHOLD`), to 32 MiB at
 *   most. Elsewhere than on glibc this does nothing.
 *
 * Both cost memory only while a server is busy. For processes that are servers and nothing else: the settings are the whole process's.
 */

import { setFlagsFromString } from "node:v8"
import { MessageChannel } from "node:worker_threads"

/** The heap, and what was allocated outside since the last collection, may grow to three times what survived. */
const heapGrowthPercent = 200

/** Just below the largest block whose release raises glibc's thresholds. Never touched, so never in memory. */
const thresholdBlockBytes = 31 << 20

export function prepareServerMemory(): void {
  setFlagsFromString(`--heap-growing-percent=${heapGrowthPercent}`)
  freeAtOnce(new ArrayBuffer(thresholdBlockBytes))
}

/** Without waiting for a collection, so that recovery's large reads are spared too: what is sent to a closed port is dropped. */
function freeAtOnce(block: ArrayBuffer): void {
  const { port1, port2 } = new MessageChannel()
  port1.close()
  port2.close()
  port1.postMessage(null, [block])
}
