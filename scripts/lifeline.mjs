// Loaded before a program that bootstrap.mjs runs: when the bootstrap is gone without having passed a
// signal on (it was killed with SIGKILL), the program ends as abruptly, instead of living on unseen.
import { isMainThread } from 'node:worker_threads'

if (isMainThread && process.channel) {
  process.once('disconnect', () => process.kill(process.pid, 'SIGKILL'))
  process.channel.unref()
}
