import { ollamaRoutes } from '@pharos/contract/ollama/routes.ts'
import { lines } from '@pharos/contract/ollama/errors.ts'
import { askModel, jsonMap, type JsonMap } from '../../features/completion/index.ts'
import type { Caller } from '../../features/identity/index.ts'
import { loadModel } from '../../features/models/index.ts'
import { hopsOf } from '../../platform/http/ask-facts.ts'
import type { Call } from '../../platform/http/surface.ts'
import { serve, type OllamaPowers } from './door.ts'
import { encodeLoad, encodeWhole, type Form } from './encode-reply.ts'
import { passWhole } from './pass-lines.ts'
import { isLoadRequest, keepAliveOf } from './load-request.ts'
import { acceptsAnyJson } from './media-type.ts'
import { toRefusal } from './refusal.ts'
import { replyLines } from './reply-lines.ts'
import { toAsk } from './to-ask.ts'

/** Asking models. Source: bodhi contract §1.15, Ollama's API reference. */
export function callRoutes(powers: OllamaPowers) {
  const options = { acceptsType: acceptsAnyJson }
  return [
    serve(
      ollamaRoutes.chat,
      (call) => answer(powers, { form: 'chat', body: jsonMap(call.body), call }),
      options,
    ),
    serve(
      ollamaRoutes.generate,
      (call) => answer(powers, { form: 'generate', body: jsonMap(call.body), call }),
      options,
    ),
  ]
}

interface Request {
  readonly form: Form
  readonly body: JsonMap
  readonly call: Pick<Call<unknown, Caller>, 'caller' | 'request' | 'signal'> & {
    readonly body: { readonly model: string }
  }
}

async function answer(powers: OllamaPowers, { form, body, call }: Request) {
  const { caller, request, signal } = call
  const ctx = { ...powers, caller }
  const { clock } = powers
  const { model } = call.body
  const status = 200 as const
  if (isLoadRequest(form, body)) {
    const keepAlive = keepAliveOf(body)
    await loadModel(ctx, model, { keepAlive, hops: hopsOf(request), signal })
    const reason = keepAlive === 0 ? 'unload' : 'load'
    return { status, json: text(encodeLoad({ form, model, at: clock.nowSeconds() }, reason)) }
  }
  const answered = await askModel(ctx, toAsk(form, body, model, request), signal)
  const { headers } = answered
  switch (answered.status) {
    case 'failed':
      throw toRefusal(answered)
    case 'stream':
      return { status, headers, stream: replyLines(answered, form, clock), contentType: lines }
    case 'whole': {
      const { isNative, outcome, parts, event } = answered
      const native = isNative && event ? passWhole(event, model) : undefined
      const made = native ?? encodeWhole(outcome, parts, { form, model, at: outcome.endedAt })
      return { status, headers, json: text(made) }
    }
  }
}

function text(reply: object): string {
  return JSON.stringify(reply)
}
