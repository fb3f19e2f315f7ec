/** Activation explorer: runs of a model with what fires inside it. Source: thunder contract §7. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorC, plainText, rejectedBody } from './errors.ts'
import { AnyJson, F64, I32, I64, IntText, opt, Ts } from './scalars.ts'

/** JSON when a value is out of its bounds, text when the request does not have the shape. */
const refused = { json: ErrorC, media: plainText.media } as const

const askedWrongly = { 400: refused, 401: ErrorC, 403: ErrorC } as const

/** How a call to the inference service may end. */
const serviceFailed = { 500: ErrorC, 502: ErrorC, 503: ErrorC, 504: ErrorC } as const

/** An id is put into addresses: what no database or address can hold is not one. */
const RunId = z.string().refine((id) => id.isWellFormed() && !id.includes('\0'), 'not an id')

/** Bounds are checked after the shape and answered as `INVALID_ARGUMENT`. */
export const RunBody = z
  .object({
    prompt: z.string().meta({
      description: 'Trimmed; then 1 to 12,000 Unicode characters',
    }),
    model_id: opt(z.string()).meta({
      description:
        'Default `meta-llama/Llama-3.1-8B-Instruct`. Recorded; the service has one model',
    }),
    max_tokens: opt(I32).meta({ description: 'Default 128, 1 to 2048' }),
    temperature: opt(F64).meta({ description: 'Default 0.7, 0 to 2' }),
    top_p: opt(F64).meta({ description: 'Default 0.9, 0 to 1' }),
    top_k: opt(I32).meta({ description: 'Default 1, 1 to 200' }),
    collect_activations: opt(z.boolean()).meta({ description: 'Default true' }),
    inline_sae: opt(z.boolean()).meta({
      description: 'Default true; features are collected only with `collect_activations`',
    }),
    sae_id: opt(z.string()).meta({ description: 'Default `llama_scope_lxr_8x`' }),
    sae_layer: opt(I32).meta({ description: 'Default 16' }),
    sae_top_k: opt(I32).meta({ description: 'Default 20; features kept at each position' }),
    sae_local_path: opt(z.string()).meta({
      description: 'A path on the machine of the service; administrators only',
    }),
    request_id: opt(RunId).meta({
      description: 'Default `ax-` and 32 hex digits; one in use is written over',
    }),
  })
  .meta({ id: 'ActivationRunBody' })
export type RunBody = z.infer<typeof RunBody>

export const ActivationRow = z
  .object({
    step: z.literal(0),
    token_position: z.int(),
    feature_id: z.int(),
    activation_value: z.number(),
    rank: z.int().meta({ description: 'From 1, among all features of the position' }),
    token_id: z.int(),
  })
  .meta({ id: 'ActivationRow' })
export type ActivationRow = z.infer<typeof ActivationRow>

export const RunSummary = z
  .object({
    request_id: z.string(),
    created_at: Ts,
    model_id: z.string().meta({ description: 'As it was asked for' }),
    hf_model_id: z.string().optional().meta({
      description: 'Addition: what the service says it ran; left out when it does not say',
    }),
    prompt_chars: z.int(),
    output_tokens: z.int().meta({
      description:
        'Tokens of the completion where its beginning can be told, ' +
        'else of prompt and completion, which the service returns as one',
    }),
    events_count: z.int(),
    actions_count: z.int(),
    activation_rows_count: z.int().meta({ description: 'All of them, however many are previewed' }),
    unique_features_count: z.int(),
    sae_enabled: z.boolean(),
    sae_id: z.string().nullable(),
    sae_layer: z.int().nullable(),
    duration_ms: z.int(),
    status: z.enum(['ok', 'error']),
    error_message: z.string().nullable(),
    top_features_preview: z.array(z.int()).optional().meta({
      description: 'The 20 strongest features; left out when there are none',
    }),
  })
  .meta({ id: 'ActivationRunSummary' })
export type RunSummary = z.infer<typeof RunSummary>

export const RunReply = z
  .object({
    request_id: z.string(),
    status: z.literal('ok'),
    run_summary: RunSummary,
    output: z.object({
      text: z.string(),
      token_ids: z.array(I64).meta({ description: 'Of the prompt and the completion' }),
    }),
    preview: z.object({
      events: z.array(z.never()),
      actions: z.array(z.never()),
      activation_rows: z.array(ActivationRow).meta({ description: 'The first 500' }),
    }),
    created_at: Ts,
  })
  .meta({ id: 'ActivationRunReply' })

export const ExtractBody = z
  .object({
    token_ids: z.array(I64).meta({ description: 'At least one' }),
    top_k: opt(I32).meta({ description: '1 to 200' }),
    sae_id: opt(z.string()),
    sae_layer: opt(I32),
  })
  .meta({ id: 'ActivationExtractBody' })
export type ExtractBody = z.infer<typeof ExtractBody>

export const ExtractReply = z
  .object({ status: z.literal('ok'), feature_timeline: AnyJson })
  .meta({ id: 'ActivationExtractReply' })

export const RunListQuery = z.object({
  limit: IntText.optional().meta({ description: 'Default 50, brought into 1 to 200' }),
  cursor: z.string().optional().meta({
    description: '`next_cursor` of the page before: a time, a pipe and an id',
  }),
  status: z.string().optional().meta({ description: '`ok` or `error`' }),
  model_id: z.string().optional().meta({
    description: 'Exactly the model asked for, or the one that the service ran',
  }),
  sae_enabled: z.enum(['true', 'false']).optional(),
})
export type RunListQuery = z.infer<typeof RunListQuery>

export const RunList = z
  .object({
    items: z.array(RunSummary),
    next_cursor: z.string().nullable().meta({ description: 'Null on the last page' }),
  })
  .meta({ id: 'ActivationRunList' })

const LayerFilter = IntText.optional().meta({
  description: 'A run has one layer: with another nothing is found',
})

export const RowsQuery = z.object({
  feature_id: IntText.optional(),
  sae_layer: LayerFilter,
  token_start: IntText.optional().meta({ description: 'First position' }),
  token_end: IntText.optional().meta({ description: 'Last position, included' }),
  rank_max: IntText.optional().meta({ description: 'Only the strongest of each position' }),
  limit: IntText.optional().meta({ description: 'Default 500, brought into 1 to 100,000' }),
})
export type RowsQuery = z.infer<typeof RowsQuery>

export const RowsReply = z
  .object({ request_id: z.string(), row_count: z.int(), rows: z.array(ActivationRow) })
  .meta({ id: 'ActivationRows' })

export const TopFeaturesQuery = z.object({
  n: IntText.optional().meta({ description: 'Default 50, brought into 1 to 500' }),
  sae_layer: LayerFilter,
})
export type TopFeaturesQuery = z.infer<typeof TopFeaturesQuery>

export const TopFeatures = z
  .object({
    request_id: z.string(),
    items: z.array(z.object({ feature_id: z.int(), max_activation: z.number(), hits: z.int() })),
  })
  .meta({ id: 'ActivationTopFeatures' })

export const FeatureDeltasQuery = z.object({
  feature_id: IntText.optional().meta({
    description: 'Needed unless two runs or two stretches are compared; there it narrows',
  }),
  sae_layer: LayerFilter,
  limit: IntText.optional().meta({ description: 'Default 512, brought into 1 to 4096' }),
  other: z.string().min(1).optional().meta({
    description: 'Compare with this run: `a` is the run of the path, `b` this one',
  }),
  a_start: IntText.optional().meta({ description: 'First position of `a`' }),
  a_end: IntText.optional().meta({ description: 'Last position of `a`, included' }),
  b_start: IntText.optional().meta({
    description: 'First position of `b`; without `other` both are stretches of one run',
  }),
  b_end: IntText.optional().meta({ description: 'Last position of `b`, included' }),
  sort: z.enum(['delta', 'abs', 'feature_id']).optional().meta({
    description: 'Default `abs`, the size of the difference; ties by feature id',
  }),
  order: z.enum(['asc', 'desc']).optional().meta({
    description: 'Default `desc`, of feature ids `asc`',
  }),
  offset: IntText.optional().meta({ description: 'Default 0, at least 0' }),
})
export type FeatureDeltasQuery = z.infer<typeof FeatureDeltasQuery>

export const FeatureTrack = z
  .object({
    request_id: z.string(),
    feature_id: z.int(),
    rows: z.array(
      z.object({
        step: z.literal(0),
        token_position: z.int(),
        token_id: z.int(),
        activation_value: z.number(),
        delta: z.number().nullable().meta({
          description: 'Difference to the row before; null for the first',
        }),
      }),
    ),
  })
  .meta({ id: 'ActivationFeatureTrack', description: 'One feature along the positions of a run' })

export const FeatureDifferences = z
  .object({
    request_id: z.string(),
    other: z.string().meta({ description: 'The other run, or the same' }),
    items: z.array(
      z.object({
        feature_id: z.int(),
        a_max: z.number().meta({ description: 'Strongest activation; 0 when it never fired' }),
        b_max: z.number(),
        delta: z.number().meta({ description: '`b_max` - `a_max`' }),
        a_hits: z.int(),
        b_hits: z.int(),
      }),
    ),
    total: z.int().meta({ description: 'Features that fired on either side' }),
    limit: z.int(),
    offset: z.int(),
  })
  .meta({ id: 'ActivationFeatureDifferences' })

/** One of the two, by what was asked. */
export const FeatureDeltas = z.union([FeatureTrack, FeatureDifferences])

export const ActivationHealth = z
  .object({
    status: z.enum(['ok', 'degraded']).meta({
      description: 'The database and the inference service decide; the SAE service only informs',
    }),
    index_db_reachable: z.boolean(),
    hf_inference_reachable: z.boolean(),
    sae_reachable: z.boolean(),
    sae_service_reachable: z.boolean().meta({ description: 'The same under its older name' }),
    last_error: z.string().nullable(),
  })
  .meta({ id: 'ActivationHealth' })

const RunParams = z.object({ request_id: z.string() })

export const runActivations = defineRoute({
  method: 'POST',
  path: '/playground/activations/run',
  summary: 'Run a prompt and keep which features fired at each token',
  ref: 'thunder §1.3 POST /playground/activations/run',
  access: 'completions:run',
  body: RunBody,
  reply: { 200: RunReply, ...askedWrongly, 409: ErrorC, ...rejectedBody, ...serviceFailed },
})

export const extractActivations = defineRoute({
  method: 'POST',
  path: '/playground/activations/extract',
  summary: 'Tell which features fire at given tokens; nothing is kept',
  ref: 'thunder §1.3 POST /playground/activations/extract',
  access: 'completions:run',
  body: ExtractBody,
  reply: { 200: ExtractReply, ...askedWrongly, ...rejectedBody, ...serviceFailed },
})

export const listActivationRuns = defineRoute({
  method: 'GET',
  path: '/playground/activations/runs',
  summary: 'List runs, the newest first, failed ones too',
  ref: 'thunder §1.3 GET /playground/activations/runs',
  access: 'completions:run',
  query: RunListQuery,
  reply: { 200: RunList, ...askedWrongly, 500: ErrorC },
})

export const activationHealth = defineRoute({
  method: 'GET',
  path: '/playground/activations/health',
  summary: 'Tell whether the services behind the explorer answer',
  ref: 'thunder §1.3 GET /playground/activations/health',
  access: 'completions:run',
  reply: { 200: ActivationHealth, 401: ErrorC, 403: ErrorC },
})

export const getActivationSummary = defineRoute({
  method: 'GET',
  path: '/playground/activations/{request_id}/summary',
  summary: 'Read one run without its activations',
  ref: 'thunder §1.3 GET /playground/activations/{request_id}/summary',
  access: 'completions:run',
  params: RunParams,
  reply: { 200: RunSummary, 401: ErrorC, 403: ErrorC, 404: ErrorC, 500: ErrorC },
})

export const getActivationRows = defineRoute({
  method: 'GET',
  path: '/playground/activations/{request_id}/rows',
  summary: 'Read the activations of a run, in the order of the tokens',
  ref: 'thunder §1.3 GET /playground/activations/{request_id}/rows',
  access: 'completions:run',
  params: RunParams,
  query: RowsQuery,
  reply: { 200: RowsReply, 400: plainText, 401: ErrorC, 403: ErrorC, 404: ErrorC, 500: ErrorC },
})

export const getTopFeatures = defineRoute({
  method: 'GET',
  path: '/playground/activations/{request_id}/top-features',
  summary: 'Read the features of a run, the strongest first',
  ref: 'thunder §1.3 GET /playground/activations/{request_id}/top-features',
  access: 'completions:run',
  params: RunParams,
  query: TopFeaturesQuery,
  reply: { 200: TopFeatures, 400: plainText, 401: ErrorC, 403: ErrorC, 404: ErrorC, 500: ErrorC },
})

export const getFeatureDeltas = defineRoute({
  method: 'GET',
  path: '/playground/activations/{request_id}/feature-deltas',
  summary: 'Follow one feature along a run, or compare two runs or two stretches of one',
  ref: 'thunder §1.3 GET /playground/activations/{request_id}/feature-deltas',
  access: 'completions:run',
  params: RunParams,
  query: FeatureDeltasQuery,
  reply: { 200: FeatureDeltas, ...askedWrongly, 404: ErrorC, 500: ErrorC },
})

export const deleteActivationRun = defineRoute({
  method: 'DELETE',
  path: '/playground/activations/{request_id}',
  summary: 'Delete a run and its activations',
  ref: 'thunder §10.6',
  access: 'completions:run',
  params: RunParams,
  reply: {
    200: z.object({ request_id: z.string(), deleted: z.literal(true) }),
    401: ErrorC,
    403: ErrorC,
    404: ErrorC,
    500: ErrorC,
  },
})

export const activationRoutes = {
  runActivations,
  extractActivations,
  listActivationRuns,
  activationHealth,
  getActivationSummary,
  getActivationRows,
  getTopFeatures,
  getFeatureDeltas,
  deleteActivationRun,
} as const
