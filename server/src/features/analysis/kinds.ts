/**
 * The seven analyses as data: what a model is told and the shape that it must answer in. The word
 * lists are instructions only; any text is taken. Source: beacon contract §10.5.
 */
import { z } from 'zod'

export type AnalysisKind =
  | 'root-cause'
  | 'cost-optimization'
  | 'prompt-suggestions'
  | 'anomalies'
  | 'error-patterns'
  | 'compare'
  | 'summarize'

const texts = z.array(z.string())
/** Models like to put numbers in quotes. */
const quoted = z
  .string()
  .regex(/^\s*-?\d+(?:\.\d+)?\s*$/u)
  .transform(Number)
  .pipe(z.number())
const number = z.union([z.number(), quoted])
const count = number.transform(Math.trunc)

export const answers = {
  'root-cause': z.object({
    root_cause: z.string(),
    affected_spans: texts,
    confidence: number,
    suggested_fix: z.string(),
  }),
  'cost-optimization': z.object({
    suggestions: z.array(
      z.object({
        type: z.string(),
        description: z.string(),
        estimated_savings_usd: number,
        affected_spans: texts,
      }),
    ),
  }),
  'prompt-suggestions': z.object({
    suggestions: z.array(
      z.object({
        category: z.string(),
        description: z.string(),
        improved_prompt_snippet: z.string(),
      }),
    ),
  }),
  anomalies: z.object({
    anomalies: z.array(
      z.object({
        type: z.string(),
        severity: z.string(),
        description: z.string(),
        span_id: z.string().nullish(),
      }),
    ),
  }),
  'error-patterns': z.object({
    patterns: z.array(
      z.object({
        pattern_name: z.string(),
        count,
        example_trace_ids: texts,
        common_root_cause: z.string(),
        category: z.string(),
      }),
    ),
  }),
  compare: z.object({
    divergence_points: z.array(
      z.object({
        span_a: z.string().nullable(),
        span_b: z.string().nullable(),
        description: z.string(),
      }),
    ),
    metric_diff: z.object({
      cost_diff_usd: number,
      duration_diff_ms: number,
      token_diff: count,
      span_count_diff: count,
    }),
    summary: z.string(),
  }),
  summarize: z.object({
    summary: z.string(),
    key_events: z.array(z.object({ span_id: z.string(), description: z.string() })),
  }),
} as const satisfies Readonly<Record<AnalysisKind, z.ZodType>>

export type Answer<K extends AnalysisKind> = z.output<(typeof answers)[K]>

const jsonOnly =
  'Answer with one JSON object and nothing else: no Markdown, no text before or after it. ' +
  'Every key named here is required.'

export const instructions: Readonly<Record<AnalysisKind, string>> = {
  'root-cause':
    'You debug agents built on language models. You are given the spans of one execution trace. ' +
    'Find the most likely reason why it failed or behaved badly. ' +
    `${jsonOnly} Keys: "root_cause" (string, one or two sentences), "affected_spans" (list of ` +
    'span ids), "confidence" (number from 0 to 1), "suggested_fix" (string, a concrete change).',
  'cost-optimization':
    'You lower the bills of agents built on language models. You are given the spans of one or ' +
    'more execution traces with models, tokens and costs. Say where money is wasted. ' +
    `${jsonOnly} Keys: "suggestions": list of objects with "type" (one of "redundant_call", ` +
    '"model_downgrade", "cacheable", "token_waste"), "description" (string), ' +
    '"estimated_savings_usd" (number for these traces), "affected_spans" (list of span ids).',
  'prompt-suggestions':
    'You improve prompts for language models. You are given one span with its prompt and the ' +
    'completion it led to. Suggest better wording. ' +
    `${jsonOnly} Keys: "suggestions": list of objects with "category" (one of "clarity", ` +
    '"specificity", "formatting", "few_shot", "instruction", "context"), "description" (string), ' +
    '"improved_prompt_snippet" (string, text that can be put in place).',
  anomalies:
    'You watch agents built on language models. You are given the spans of one execution trace ' +
    'and figures of earlier traces as a baseline. Report what is unusual: cost over twice the ' +
    'historical mean, latency spikes, unusual errors, missing spans. An empty list is a good ' +
    `answer when nothing is. ${jsonOnly} Keys: "anomalies": list of objects with "type" (one of ` +
    '"cost_spike", "latency_spike", "error_pattern", "missing_span"), "severity" (one of "low", ' +
    '"medium", "high"), "description" (string), "trace_id" (string), "span_id" (string or null).',
  'error-patterns':
    'You study failures of agents built on language models. You are given the spans of several ' +
    'execution traces. Group their errors into patterns. An empty list is a good answer when ' +
    `there are none. ${jsonOnly} Keys: "patterns": list of objects with "pattern_name" (string), ` +
    '"count" (integer), "example_trace_ids" (list of trace ids), "common_root_cause" (string), ' +
    '"category" (for example "timeout", "rate_limit", "context_overflow", "tool_failure", ' +
    '"hallucination").',
  compare:
    'You compare two runs of an agent built on language models. You are given the spans of trace ' +
    'A and of trace B. Say where they part and how their figures differ (B minus A). ' +
    `${jsonOnly} Keys: "divergence_points": list of objects with "span_a" (span id or null), ` +
    '"span_b" (span id or null), "description" (string); "metric_diff": object with ' +
    '"cost_diff_usd" (number), "duration_diff_ms" (number), "token_diff" (integer), ' +
    '"span_count_diff" (integer); "summary" (string).',
  summarize:
    'You explain what agents built on language models did. You are given the spans of one ' +
    'execution trace. Tell a colleague in a few sentences what happened. ' +
    `${jsonOnly} Keys: "summary" (string), "key_events": list of objects with "span_id" ` +
    '(string), "description" (string).',
}
