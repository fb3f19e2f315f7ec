export { cancelExecution, changeExecution } from './change-executions.ts'
export { createExecutions } from './create-executions.ts'
export type { CreateContext, NewExecutions } from './new-executions.ts'
export { ExecutionEnds } from './execution-ends.ts'
export { executionJobs } from './execution-job.ts'
export { modelNameOf } from './model-name.ts'
export type { ExecutionPowers } from './powers.ts'
export { whenEnded } from './when-ended.ts'
export type { BundleListWriter, ExecutionBundle } from './bundle-store.ts'
export type { ExecutionQuery, ExecutionView } from './execution-view.ts'
export {
  executionStats,
  getExecution,
  getExecutionText,
  listBundles,
  listExecutions,
  tableOfExecutions,
} from './read-executions.ts'
export {
  modelUsageByDay,
  modelUsageByHour,
  usageByDay,
  usageByHour,
  usageByModel,
  UsageReads,
  usageSummary,
} from './read-usage.ts'
export type { UsageWindow } from './usage-window.ts'
export { tokensOf } from './usage.ts'
export type { ModelUsage, TokenShare, Usage } from './usage.ts'
export type {
  ExecutionPageWriter,
  ExecutionRowsWriter,
  ExecutionWriter,
  TabledExecution,
} from './view-store.ts'
