/** Entry of the workroom's thread. */
import { loadExport } from './load-export.ts'
import { serveCalls } from './serve-calls.ts'
import type { Job } from './workroom.ts'

interface JobCall {
  readonly module: string
  readonly name: string
  readonly input: unknown
}

serveCalls(async (message) => {
  // Posted by `Workroom.run` of this process.
  const { module, name, input } = message as JobCall
  const job = await loadExport<Job<unknown, unknown>>({ module, name })
  return job.run(input)
})
