/** Mods, inference and features in the playground. Source: thunder contract §6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorB, rejectedBody } from './errors.ts'
import { I64, opt } from './scalars.ts'

const U32 = z
  .int()
  .min(0)
  .max(2 ** 32 - 1)
const Unsigned = z.int().min(0)

export const modPositions = [
  'start',
  'after_tokens',
  'after_sentences',
  'eot_backtrack',
  'phrase_replace',
  'reasoning_start',
  'reasoning_mid',
  'reasoning_end',
  'response_start',
  'response_mid',
  'response_end',
  'reasoning_phrase_replace',
  'response_phrase_replace',
  'full_stream_phrase_replace',
] as const

export const ModConfig = z
  .object({
    injection_string: z.string().meta({ description: 'May be empty; phrase positions ignore it' }),
    position: z.enum(modPositions).meta({ description: 'Where the model is interrupted' }),
    token_count: opt(U32).meta({
      description: 'At least 1 for `after_tokens`, `reasoning_mid` and `response_mid`',
    }),
    sentence_count: opt(U32).meta({ description: 'At least 1 for `after_sentences`' }),
    detect_phrases: opt(z.array(z.string())).meta({
      description: 'At least one that is not empty for the phrase positions',
    }),
    replacement_phrases: opt(z.array(z.string())).meta({
      description: 'Beside `detect_phrases`; a missing or empty one is the phrase itself',
    }),
  })
  .meta({ id: 'ModConfig' })

const FeatureHit = z.object({ id: z.int(), activation: z.number() })

export const TimelineEntry = z
  .object({
    position: z.int().min(0),
    token: z.int(),
    token_str: z.string(),
    top_features: z.array(FeatureHit),
  })
  .meta({ id: 'FeatureTimelineEntry' })

const refused = { 401: ErrorB, 403: ErrorB } as const

/** How a call to a service behind the playground may end. */
const serviceFailed = { 400: ErrorB, 502: ErrorB, 503: ErrorB } as const

const keyHeader = 'The header `X-API-Key` is needed; the key goes to the model server as the user.'

export const createPlaygroundKey = defineRoute({
  method: 'POST',
  path: '/playground/api-key',
  summary: 'Make a key for a playground session; it reaches only the logs made with it',
  ref: 'thunder §1.3 POST /playground/api-key',
  access: 'completions:run',
  body: z
    .object({ session_id: opt(z.string()).meta({ description: 'The name of the key' }) })
    .meta({ id: 'PlaygroundKeyBody' }),
  reply: {
    200: z.object({ api_key: z.string(), message: z.string() }).meta({ id: 'PlaygroundKey' }),
    400: ErrorB,
    ...refused,
    ...rejectedBody,
    429: ErrorB,
    500: ErrorB,
  },
})

export const generateMod = defineRoute({
  method: 'POST',
  path: '/playground/mods/generate',
  summary: 'Write the Python of a mod; nothing is stored',
  ref: 'thunder §1.3 POST /playground/mods/generate',
  access: 'completions:run',
  body: z.object({ config: ModConfig }).meta({ id: 'GenerateModBody' }),
  reply: {
    200: z
      .object({ code: z.string(), mod_name: z.literal('playground_mod') })
      .meta({ id: 'GeneratedMod' }),
    400: ErrorB,
    ...refused,
    ...rejectedBody,
  },
})

export const uploadMod = defineRoute({
  method: 'POST',
  path: '/playground/mods/upload',
  summary: `Register the key at the model server and give it a mod. ${keyHeader}`,
  ref: 'thunder §1.3 POST /playground/mods/upload',
  access: 'completions:run',
  body: z
    .object({ model: z.string(), code: z.string(), mod_name: z.string() })
    .meta({ id: 'UploadModBody' }),
  reply: {
    200: z
      .object({ success: z.literal(true), mod_name: z.string(), message: z.string() })
      .meta({ id: 'UploadedMod' }),
    ...refused,
    ...rejectedBody,
    ...serviceFailed,
    500: ErrorB,
  },
})

export const runInference = defineRoute({
  method: 'POST',
  path: '/playground/inference',
  summary: `Ask a playground model, with a mod or without. ${keyHeader}`,
  ref: 'thunder §1.3 POST /playground/inference',
  access: 'completions:run',
  body: z
    .object({
      model: z.string().meta({ description: '`qwen-14b` or `llama-3.1-8b`' }),
      messages: z.array(z.object({ role: z.string(), content: z.string() })),
      mod_name: opt(z.string()),
      max_tokens: opt(U32),
      temperature: opt(z.number()),
      extract_features: opt(z.boolean()).meta({ description: 'Without effect' }),
    })
    .meta({ id: 'InferenceBody' }),
  reply: {
    200: z
      .object({
        text: z.string(),
        request_id: z.string().nullable().meta({ description: 'Of the log, when it was told' }),
        raw_response: z.unknown(),
      })
      .meta({ id: 'InferenceReply' }),
    ...refused,
    ...rejectedBody,
    ...serviceFailed,
    504: ErrorB,
  },
})

export const extractFeatures = defineRoute({
  method: 'POST',
  path: '/playground/features/extract',
  summary: 'Tell which features fire at each token',
  ref: 'thunder §1.3 POST /playground/features/extract',
  access: 'completions:run',
  body: z
    .object({
      model: z.string().meta({ description: '`llama-3.1-8b`' }),
      tokens: z.array(I64),
      top_k: opt(Unsigned),
      layer: opt(Unsigned),
      injection_positions: opt(z.array(Unsigned)),
    })
    .meta({ id: 'ExtractFeaturesBody' }),
  reply: {
    200: z
      .object({
        feature_timeline: z.array(TimelineEntry),
        comparisons: z.array(z.unknown()).optional(),
      })
      .meta({ id: 'ExtractedFeatures' }),
    ...refused,
    ...rejectedBody,
    ...serviceFailed,
  },
})

export const analyzeFeatures = defineRoute({
  method: 'POST',
  path: '/playground/features/analyze',
  summary: 'Have a timeline of features explained; 5 calls a minute',
  ref: 'thunder §1.3 POST /playground/features/analyze',
  access: 'completions:run',
  body: z
    .object({
      model: z.string().meta({ description: '`llama-3.1-8b`' }),
      feature_timeline: z.array(z.unknown()),
      injection_positions: opt(z.array(Unsigned)),
      context: opt(z.string()),
      layer: opt(Unsigned),
    })
    .meta({ id: 'AnalyzeFeaturesBody' }),
  reply: {
    200: z
      .object({
        analysis: z.string(),
        top_features: z.array(FeatureHit.extend({ description: z.string() })),
      })
      .meta({ id: 'FeatureAnalysis' }),
    ...refused,
    ...rejectedBody,
    ...serviceFailed,
    429: ErrorB,
  },
})

export const playgroundRoutes = {
  createPlaygroundKey,
  generateMod,
  uploadMod,
  runInference,
  extractFeatures,
  analyzeFeatures,
} as const
