import module from 'node:module'
import { setFlagsFromString } from 'node:v8'

// This thread has its heap; the flag would override the smaller limits that the others are given.
// Compiled code is kept for one set of flags, so this comes first.
setFlagsFromString('--max-semi-space-size=0')
module.enableCompileCache()
const { run } = await import('./app/run.ts')
await run()
// A server that is killed writes nothing at its end, and the next one would compile all of it again.
module.flushCompileCache()
