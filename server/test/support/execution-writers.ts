import type {
  BundleListWriter,
  ExecutionPageWriter,
  ExecutionRowsWriter,
} from '../../src/features/executions/index.ts'

/** @public loaded by name */
export const writeIds: ExecutionPageWriter = ({ executions, total }, { limit, offset }) =>
  JSON.stringify({ ids: executions.map(({ id }) => id), total, limit, offset })

/** @public loaded by name */
export const writeRows: ExecutionRowsWriter = (executions) =>
  executions.map(({ id, promptValue }) => `${id} ${promptValue}\n`).join('')

/** @public loaded by name */
export const writeBundles: BundleListWriter = (bundles) => JSON.stringify({ bundles })

/** Writers in the words of tests, as the verbs of executions take them. */
export const executionWriter = (name: 'writeIds' | 'writeRows' | 'writeBundles') => ({
  module: import.meta.url,
  name,
})
