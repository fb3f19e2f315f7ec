import type { DomainError } from '../../platform/domain-error.ts'
import { isJsonObject } from '../../platform/json.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import { withoutSecret } from '../../platform/upstream/without-secret.ts'
import { allow, allowModel } from '../identity/index.ts'
import { resolveModel, type ModelTarget } from '../models/index.ts'
import { nativeWire } from './adapters/index.ts'
import { readJson } from './adapters/read-json.ts'
import { countOf } from './adapters/usage.ts'
import { unsupported } from './ask-targets.ts'
import type { Ask, ReadAsk } from './ask.ts'
import { prepareCall, type Call } from './call.ts'
import { failureMessage } from './failure-words.ts'
import type { CompletionFailure } from './failure.ts'
import { postTo } from './post-to.ts'
import type { CompletionContext } from './powers.ts'
import { faultOf, refusalOf } from './provider-fault.ts'
import type { JsonMap } from './request.ts'
import { withDefaults } from './with-defaults.ts'

/** What is to be counted: a question that is not asked. */
export type CountQuestion = Pick<
  Ask,
  'wire' | 'model' | 'body' | 'read' | 'fieldOf' | 'headers' | 'hops'
>

export type TokenCount =
  | { readonly status: 'counted'; readonly inputTokens: number }
  | {
      readonly status: 'failed'
      readonly failure: CompletionFailure
      readonly message: string
      /** Whether the provider speaks the client's dialect. */
      readonly isNative: boolean
    }

type FailedCount = Extract<TokenCount, { status: 'failed' }>

/** How a provider is asked to count, and where it says what came out. */
interface Counting {
  readonly call: Call
  readonly isNative: boolean
  readonly url: string
  readonly body: string
  readonly member: string
}

/**
 * Has a provider count what a question would take, without running a model, so nothing is
 * recorded: the first target of the name that can count and does. Needs `completions:run`.
 * @throws DomainError as `askModel` does, and `invalid` where no target's provider can count.
 */
export async function countTokens(
  ctx: CompletionContext,
  question: CountQuestion,
  signal: AbortSignal,
): Promise<TokenCount> {
  const { caller } = ctx
  allow(caller, 'completions:run')
  allowModel(caller, question.model)
  const { targets } = await resolveModel(ctx, question.model)
  const { system_prompt: prompt } = targets[0].defaults
  // Of an alias' defaults only this one is counted, and only this one is a counter told of.
  const body = withDefaults(question.wire, question.body, prompt ? { system_prompt: prompt } : {})
  const read = question.read(body)
  let failed: FailedCount | undefined
  for (const target of targets) {
    const counting = countingBy(target, { ...question, body }, read)
    if (counting === null) continue
    const count = await askToCount(ctx, counting, signal)
    if (count.status === 'counted' || count.failure.kind === 'cancelled') return count
    failed = count
  }
  if (failed === undefined) throw cannotCount(targets)
  return failed
}

function cannotCount([{ connection }]: readonly [ModelTarget, ...ModelTarget[]]): DomainError {
  return unsupported('model', `${connection.label} cannot count the tokens of a request`)
}

function countingBy(
  { connection, model }: ModelTarget,
  question: CountQuestion,
  read: ReadAsk,
): Counting | null {
  const { kind } = connection
  const native = nativeWire(kind, question.wire)
  const isPassed = kind === 'anthropic' && native !== undefined
  if (!isPassed && kind !== 'google' && kind !== 'local') return null
  const [field] = isPassed ? [] : read.nativeOnly
  if (field !== undefined) throw unsupported(field, `${connection.label} cannot be told ${field}`)
  const request = { ...read.request, model }
  const { body, headers = {}, hops } = question
  const passed = isPassed ? { passed: { native, body, headers } } : {}
  const call = prepareCall(connection, request, { mode: 'whole', book: 'market', hops, ...passed })
  const lost = call.warnings.find(({ isHarmless }) => isHarmless !== true)
  if (lost !== undefined) throw unsupported(question.fieldOf(lost.option), lost.message)
  if (isPassed) return byAnthropic(call)
  return kind === 'google' ? byGoogle(call) : byEngine(call)
}

function byAnthropic(call: Call): Counting {
  const { url, bodyText: body } = call
  return { call, isNative: true, url: `${url}/count_tokens`, body, member: 'input_tokens' }
}

/** Google counts a request as a whole if it is told the model inside of it, too. */
function byGoogle(call: Call): Counting {
  const model = `models/${call.request.model.replace(/^models\//u, '')}`
  const request = { model, ...objectOf(call.bodyText) }
  return {
    call,
    isNative: false,
    url: call.url.replace(/:generateContent$/u, ':countTokens'),
    body: JSON.stringify({ generateContentRequest: request }),
    member: 'totalTokens',
  }
}

/** The engine counts what its model would read: the conversation as the template writes it. */
function byEngine(call: Call): Counting {
  return { call, isNative: false, url: '/tokenize', body: call.bodyText, member: 'count' }
}

/** The object of a text of our own making. */
function objectOf(json: string): JsonMap {
  return JSON.parse(json) as JsonMap
}

const maxReplyBytes = 64 * 1024

async function askToCount(
  ctx: CompletionContext,
  { call, url, body, member, isNative }: Counting,
  signal: AbortSignal,
): Promise<TokenCount> {
  const { apiKey, label } = call.connection
  const fail = (failure: CompletionFailure): TokenCount => {
    return { status: 'failed', failure, message: failureMessage(failure, label), isNative }
  }
  try {
    const { headers } = call
    const reply = await postTo(ctx, call.connection, { url, headers, body, signal })
    const text = withoutSecret(await reply.text(maxReplyBytes), apiKey)
    if (reply.status < 200 || reply.status > 299)
      return fail(refusalOf(reply, text, call.connection))
    const inputTokens = countIn(text, member)
    if (inputTokens !== null) return { status: 'counted', inputTokens }
    return fail({ kind: 'unusable', reason: `${label} gave no ${member}`, received: text })
  } catch (error) {
    if (!(error instanceof UpstreamError)) throw error
    return fail(faultOf(error, { label, hasBegun: false, received: null }))
  }
}

function countIn(text: string, member: string): number | null {
  const reading = readJson(text)
  return reading.isJson && isJsonObject(reading.value) ? countOf(reading.value[member]) : null
}
