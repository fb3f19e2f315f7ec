/** The sample group in a module that takes a while to load. */
import { setTimeout as delay } from 'node:timers/promises'
import { defineGroup } from '../../src/platform/db/database.ts'
import { saveSamples, type SampleInput } from './sample-groups.ts'

await delay(50)

export const saveSamplesSlowly = defineGroup<SampleInput, string>({
  ...saveSamples,
  module: import.meta.url,
  name: 'saveSamplesSlowly',
})
