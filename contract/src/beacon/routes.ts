/** Every Beacon route by name. Literal path segments stand before parameters of the same place. */
import {
  analyzeCosts,
  analyzeRootCause,
  compareTraces,
  findAnomalies,
  findErrorPatterns,
  suggestPrompts,
  summarizeTrace,
} from './analysis.ts'
import { getSpanCost } from './cost.ts'
import { cancelDemo, listScenarios, runDemo } from './demo.ts'
import { health } from './health.ts'
import { ingestOtlp } from './otlp.ts'
import { getReplay, listReplays, replay } from './replay.ts'
import { chat, compareModels, comparePrompts } from './playground.ts'
import { search } from './search.ts'
import { deleteApiKey, listApiKeys, putApiKey } from './settings.ts'
import {
  createPromptVersion,
  getSpan,
  ingestSpans,
  listPromptVersions,
  putAnnotations,
} from './spans.ts'
import { getStats, getTopCosts, getTopDuration, getTrends } from './stats.ts'
import {
  deleteTrace,
  deleteTraces,
  exportTrace,
  exportTraces,
  getBaselineTrace,
  getTrace,
  getTraceGraph,
  importTrace,
  listTraces,
  putTags,
} from './traces.ts'

export const beaconRoutes = {
  health,
  ingestSpans,
  getSpan,
  getSpanCost,
  putAnnotations,
  listPromptVersions,
  createPromptVersion,
  listTraces,
  deleteTraces,
  exportTraces,
  importTrace,
  getBaselineTrace,
  getTrace,
  deleteTrace,
  getTraceGraph,
  putTags,
  exportTrace,
  ingestOtlp,
  listApiKeys,
  putApiKey,
  deleteApiKey,
  chat,
  compareModels,
  comparePrompts,
  listScenarios,
  runDemo,
  cancelDemo,
  search,
  getStats,
  getTrends,
  getTopCosts,
  getTopDuration,
  replay,
  listReplays,
  getReplay,
  analyzeRootCause,
  analyzeCosts,
  suggestPrompts,
  findAnomalies,
  findErrorPatterns,
  compareTraces,
  summarizeTrace,
} as const
export type BeaconRoutes = typeof beaconRoutes
