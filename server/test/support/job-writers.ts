import type { JobWriter } from '../../src/features/jobs/index.ts'

/** @public loaded by name */
export const writeTexts: JobWriter = ({ id, status, data, result }) =>
  `${id} ${status} ${data.text} ${result?.text}`

/** In the words of tests, as the verbs of jobs take it. */
export const jobWriter = { module: import.meta.url, name: 'writeTexts' }
