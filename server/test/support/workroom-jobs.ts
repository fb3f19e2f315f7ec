import { defineJob } from '../../src/platform/threads/workroom.ts'

export const lengthJob = defineJob<string | null, number>({
  module: import.meta.url,
  name: 'lengthJob',
  run: async (text) => {
    if (text === null) throw new Error('There is no text')
    return text.length
  },
})

/** Ends the thread it runs in, as one does that has no memory left. */
export const endingJob = defineJob<undefined, never>({
  module: import.meta.url,
  name: 'endingJob',
  run: async () => process.exit(1),
})
