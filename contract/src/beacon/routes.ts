/** Every Beacon route by name. Literal path segments stand before parameters of the same place. */
import { health } from './health.ts'
import { ingestOtlp } from './otlp.ts'
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
  search,
  getStats,
  getTrends,
  getTopCosts,
  getTopDuration,
} as const
export type BeaconRoutes = typeof beaconRoutes
export type BeaconRouteName = keyof BeaconRoutes
