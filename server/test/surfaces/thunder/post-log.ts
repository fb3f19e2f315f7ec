import { sendJson } from '../../support/http-request.ts'

export interface PostedLog {
  readonly request_id: string
  readonly user_api_key?: string
  readonly final_text?: string
  readonly [field: string]: unknown
}

/** Sends a log as an engine does: without a key of its own. Throws unless it was stored. */
export async function postLog(baseUrl: string, request: PostedLog): Promise<void> {
  const events = [
    { event_type: 'Prefilled', step: 0, sequence_order: 0 },
    { event_type: 'ForwardPass', step: 1, sequence_order: 1 },
    { event_type: 'Sampled', step: 1, sequence_order: 2, sampled_token: 7, token_text: ' a' },
  ]
  const reply = await sendJson(baseUrl, { path: '/v1/ingest', value: { request, events } })
  if (reply.status !== 201) throw new Error(`A log was answered ${reply.status} ${reply.text}`)
}
