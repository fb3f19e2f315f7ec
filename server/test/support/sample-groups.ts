import { defineGroup, defineTask } from '../../src/platform/db/database.ts'
import { DomainError } from '../../src/platform/domain-error.ts'

/** A hot write on the table of settings, which has no meaning of its own. */
export interface SampleInput {
  readonly key: string
  /** Makes the group fail as soon as it meets this input: as a bug, or as a word to the caller. */
  readonly fault?: 'bug' | 'domain' | 'taken-key'
}

export const sampleTopic = 'sample.saved'

export const saveSamples = defineGroup<SampleInput, string>({
  module: import.meta.url,
  name: 'saveSamples',
  async run(tx, inputs) {
    await tx.insertMany(
      'settings',
      inputs.map(({ key }) => sampleRow(key)),
    )
    for (const { key, fault } of inputs) {
      if (fault === 'bug') throw new Error(`bug in ${key}`)
      if (fault === 'domain') throw new DomainError('invalid', `bad input ${key}`)
      if (fault === 'taken-key') await tx.insertMany('settings', [sampleRow(key)])
    }
    return {
      replies: inputs.map(({ key }) => `${key} of ${inputs.length}`),
      events: inputs.map(({ key }) => ({ topic: sampleTopic, body: { key } })),
    }
  },
})

export const countSamples = defineTask<{ readonly prefix: string }, number>({
  module: import.meta.url,
  name: 'countSamples',
  async run(tx, { prefix }) {
    const rows = await tx.db.selectFrom('settings').select('key').execute()
    return rows.filter(({ key }) => key.startsWith(prefix)).length
  },
})

export const failingTask = defineTask<null, never>({
  module: import.meta.url,
  name: 'failingTask',
  async run() {
    throw new DomainError('limit', 'Too much of it', { details: { most: 3 }, retryable: true })
  },
})

/** Ends the thread that runs it. */
export const endThread = defineTask<null, never>({
  module: import.meta.url,
  name: 'endThread',
  run: () => process.exit(3),
})

export function sampleRow(key: string) {
  return { key, user_id: '', value: '{}', updated_by: null, updated_at: 1 }
}
