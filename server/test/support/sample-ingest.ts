import { randomUUID } from 'node:crypto'
import type { IngestDocument } from '@pharos/contract/thunder/ingest.ts'

export interface SampleIngest {
  readonly requestId?: string
  readonly ownerKey?: string | null
  /** Steps of one token each: a ForwardPass, a Sampled and an Added. */
  readonly steps?: number
  readonly topTokens?: number
}

/**
 * A request of any length: one Prefilled and three events a step, with a mod that forces a token at
 * each tenth step and writes a line about it. Half of the probability lies on the sampled token.
 */
export function sampleIngest(options: SampleIngest = {}): IngestDocument {
  const { requestId = randomUUID(), ownerKey = 'team-blue-inference' } = options
  const { steps = 3, topTokens = 2 } = options
  const start = 1_772_442_900
  const calls = Array.from({ length: Math.floor(steps / 10) }, (_, index) => index)
  return {
    request: {
      request_id: requestId,
      created_at: start,
      completed_at: start + steps / 50,
      model: 'owner/small-instruct-8b/guide',
      user_api_key: ownerKey,
      max_tokens: steps + 1,
      active_mod_name: 'guide',
      user_prompt: 'Name one prime number.',
      final_token_ids: Array.from({ length: steps }, (_, step) => step),
      final_text: Array.from({ length: steps }, (_, step) => ` word${step}`).join(''),
    },
    events: [
      {
        event_type: 'Prefilled',
        step: 0,
        sequence_order: 0,
        prompt_length: 5,
        max_steps: steps + 1,
      },
      ...Array.from({ length: steps }, (_, step) => stepEvents(step, topTokens)).flat(),
    ],
    mod_calls: calls.map((index) => ({
      event_sequence_order: 1 + index * 30,
      mod_name: 'guide',
      event_type: 'ForwardPass',
      step: index * 10 + 1,
    })),
    mod_logs: calls.map((index) => ({
      mod_call_sequence: index,
      mod_name: 'guide',
      log_message: `nudge ${index}\n`,
    })),
    actions: calls.map((index) => ({
      mod_call_sequence: index,
      action_type: 'ForceTokens',
      action_order: 0,
      details: { tokens: [index], tokens_as_text: [` word${index}`], token_count: 1 },
    })),
  }
}

function stepEvents(step: number, topTokens: number): NonNullable<IngestDocument['events']> {
  const at = { step: step + 1, created_at: 1_772_442_900 + Math.floor(step / 50) }
  const others = Math.log(0.5 / Math.max(1, topTokens - 1))
  return [
    {
      ...at,
      event_type: 'ForwardPass',
      sequence_order: step * 3 + 1,
      input_text: ` word${step - 1}`,
      top_tokens: Array.from({ length: topTokens }, (_, index) => ({
        token: step + index,
        logprob: index === 0 ? Math.log(0.5) : others,
        token_str: ` word${step + index}`,
      })),
    },
    {
      ...at,
      event_type: 'Sampled',
      sequence_order: step * 3 + 2,
      sampled_token: step,
      token_text: ` word${step}`,
    },
    {
      ...at,
      event_type: 'Added',
      sequence_order: step * 3 + 3,
      added_tokens: [step],
      added_token_count: 1,
      forced: false,
    },
  ]
}
