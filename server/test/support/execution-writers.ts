import type {
  BundleListWriter,
  ExecutionPageWriter,
  ExecutionRowsWriter,
  ExecutionWriter,
} from '../../src/features/executions/index.ts'

/** @public loaded by name */
export const writeIds: ExecutionPageWriter = ({ executions, total }, { limit, offset }) =>
  JSON.stringify({ ids: executions.map(({ id }) => id), total, limit, offset })

/** @public loaded by name */
export const writeRows: ExecutionRowsWriter = (executions) =>
  executions.map(({ id, promptValue }) => `${id} ${promptValue}\n`).join('')

/** @public loaded by name */
export const writeBundles: BundleListWriter = (bundles) => JSON.stringify({ bundles })

/** @public loaded by name */
export const writeOne: ExecutionWriter = ({ id, prompt }) => `${id} ${prompt?.name}`

/** Writers in the words of tests, as the verbs of executions take them. */
export const executionWriter = (name: 'writeIds' | 'writeRows' | 'writeBundles' | 'writeOne') => ({
  module: import.meta.url,
  name,
})
