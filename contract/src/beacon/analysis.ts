/** Analyses that a model makes of traces and spans. Source: beacon contract §10.5. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, withBody } from './errors.ts'
import { Id } from './scalars.ts'

const OneTrace = z.object({ trace_id: Id }).meta({ id: 'OneTrace' })
const OneSpan = z.object({ span_id: Id }).meta({ id: 'OneSpan' })
const SomeTraces = z.object({ trace_ids: z.array(Id).min(1).max(200) }).meta({ id: 'SomeTraces' })
const TwoTraces = z.object({ trace_id_a: Id, trace_id_b: Id }).meta({ id: 'TwoTraces' })

const texts = z.array(z.string())

export const RootCause = z
  .object({
    trace_id: z.string(),
    root_cause: z.string(),
    affected_spans: texts,
    /** From 0 to 1 as the model was asked for; it is not checked. */
    confidence: z.number(),
    suggested_fix: z.string(),
  })
  .meta({ id: 'RootCause' })

export const CostOptimization = z
  .object({
    trace_ids: texts,
    suggestions: z.array(
      z.object({
        type: z.string(),
        description: z.string(),
        estimated_savings_usd: z.number(),
        affected_spans: texts,
      }),
    ),
  })
  .meta({ id: 'CostOptimization' })

export const PromptSuggestions = z
  .object({
    span_id: z.string(),
    original_prompt: z.string(),
    suggestions: z.array(
      z.object({
        category: z.string(),
        description: z.string(),
        improved_prompt_snippet: z.string(),
      }),
    ),
  })
  .meta({ id: 'PromptSuggestions' })

export const Anomalies = z
  .object({
    trace_id: z.string(),
    anomalies: z.array(
      z.object({
        type: z.string(),
        severity: z.string(),
        description: z.string(),
        trace_id: z.string(),
        span_id: z.string().nullable(),
      }),
    ),
  })
  .meta({ id: 'Anomalies' })

export const ErrorPatterns = z
  .object({
    patterns: z.array(
      z.object({
        pattern_name: z.string(),
        count: z.int(),
        example_trace_ids: texts,
        common_root_cause: z.string(),
        category: z.string(),
      }),
    ),
  })
  .meta({ id: 'ErrorPatterns' })

export const TraceComparison = z
  .object({
    trace_id_a: z.string(),
    trace_id_b: z.string(),
    divergence_points: z.array(
      z.object({
        span_a: z.string().nullable(),
        span_b: z.string().nullable(),
        description: z.string(),
      }),
    ),
    metric_diff: z.object({
      cost_diff_usd: z.number(),
      duration_diff_ms: z.number(),
      token_diff: z.int(),
      span_count_diff: z.int(),
    }),
    summary: z.string(),
  })
  .meta({ id: 'TraceComparison' })

export const Summary = z
  .object({
    trace_id: z.string(),
    summary: z.string(),
    key_events: z.array(z.object({ span_id: z.string(), description: z.string() })),
  })
  .meta({ id: 'Summary' })

const refusals = {
  400: ErrorReply,
  502: ErrorReply,
  508: ErrorReply,
  ...guarded,
  ...withBody,
} as const

export const analyzeRootCause = defineRoute({
  method: 'POST',
  path: '/v1/analysis/root-cause',
  summary: 'Ask a model why a trace failed',
  ref: 'beacon §1.1-32',
  access: 'completions:run',
  body: OneTrace,
  reply: { 200: RootCause, ...refusals },
})

export const analyzeCosts = defineRoute({
  method: 'POST',
  path: '/v1/analysis/cost-optimization',
  summary: 'Ask a model where traces could cost less',
  ref: 'beacon §1.1-33',
  access: 'completions:run',
  body: SomeTraces,
  reply: { 200: CostOptimization, ...refusals },
})

export const suggestPrompts = defineRoute({
  method: 'POST',
  path: '/v1/analysis/prompt-suggestions',
  summary: "Ask a model how a span's prompt could be better",
  ref: 'beacon §1.1-34',
  access: 'completions:run',
  body: OneSpan,
  reply: { 200: PromptSuggestions, ...refusals },
})

export const findAnomalies = defineRoute({
  method: 'POST',
  path: '/v1/analysis/anomalies',
  summary: 'Ask a model what is unusual in a trace',
  ref: 'beacon §1.1-35',
  access: 'completions:run',
  body: OneTrace,
  reply: { 200: Anomalies, ...refusals },
})

export const findErrorPatterns = defineRoute({
  method: 'POST',
  path: '/v1/analysis/error-patterns',
  summary: 'Ask a model what the errors of traces have in common',
  ref: 'beacon §1.1-36',
  access: 'completions:run',
  body: SomeTraces,
  reply: { 200: ErrorPatterns, ...refusals },
})

export const compareTraces = defineRoute({
  method: 'POST',
  path: '/v1/analysis/compare',
  summary: 'Ask a model where two traces part',
  ref: 'beacon §1.1-37',
  access: 'completions:run',
  body: TwoTraces,
  reply: { 200: TraceComparison, ...refusals },
})

export const summarizeTrace = defineRoute({
  method: 'POST',
  path: '/v1/analysis/summarize',
  summary: 'Ask a model what a trace did',
  ref: 'beacon §1.1-38',
  access: 'completions:run',
  body: OneTrace,
  reply: { 200: Summary, ...refusals },
})
