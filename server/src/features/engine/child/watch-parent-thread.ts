/** Entry of the thread that ends the process when its parent is gone, even while it computes. */
import { workerData } from 'node:worker_threads'

const lookEveryMs = 500

// Started by `engine-child.ts` with its parent's id.
const parent = workerData as number
setInterval(() => {
  if (process.ppid !== parent) process.kill(process.pid, 'SIGKILL')
}, lookEveryMs)
