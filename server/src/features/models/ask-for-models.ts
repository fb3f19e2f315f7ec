import { DomainError } from '../../platform/domain-error.ts'
import { readObject } from '../../platform/json.ts'
import { isInsideAddress } from '../../platform/upstream/guarded-connect.ts'
import { UpstreamError } from '../../platform/upstream/upstream-error.ts'
import type { Upstream, UpstreamReply } from '../../platform/upstream/upstream.ts'
import type { Connection } from './connection.ts'
import { mostModels, listDialects, type ListDialect, type ProviderModel } from './list-dialects.ts'

export type { ProviderModel } from './list-dialects.ts'

/** What a provider said when asked for its models. Reasons may be shown: they hold no key. */
export type ModelsAnswer =
  | { readonly status: 'listed'; readonly models: readonly ProviderModel[] }
  /** The key is not taken. */
  | { readonly status: 'refused'; readonly reason: string }
  /** Something is there, but it gives no list. */
  | { readonly status: 'unlisted'; readonly reason: string }
  | {
      readonly status: 'unreachable'
      readonly reason: string
      /** The address is one that only the operator may choose. */
      readonly isInside?: true
    }

interface AskLimits {
  readonly limitMs: number
  readonly signal: AbortSignal
}

const mostPages = 20
const mostBytes = 16 * 1024 * 1024

/** Asks a provider for its models, page by page. Never throws for what the provider does. */
export async function askForModels(
  upstream: Upstream,
  open: () => Connection,
  { limitMs, signal }: AskLimits,
): Promise<ModelsAnswer> {
  const limit = AbortSignal.timeout(limitMs)
  try {
    const connection = open()
    return await readPages(upstream, connection, AbortSignal.any([signal, limit]))
  } catch (error) {
    if (error instanceof DomainError) return { status: 'unreachable', reason: error.message }
    if (!(error instanceof UpstreamError)) throw error
    const reason = limit.aborted ? `It did not answer within ${limitMs} ms` : wordsOf(error)
    const isInside = isInsideAddress(error.cause)
    return { status: 'unreachable', reason, ...(isInside && { isInside }) }
  }
}

/** What an error tells besides: of an address that may not be reached. Source: bodhi contract §7.6. */
export function faultDetails(answer: ModelsAnswer): Readonly<Record<string, string>> {
  const isInside = answer.status === 'unreachable' && answer.isInside === true
  return isInside ? { code: 'url_validation_error-private_address', param: 'base_url' } : {}
}

async function readPages(
  upstream: Upstream,
  connection: Connection,
  signal: AbortSignal,
): Promise<ModelsAnswer> {
  if (connection.kind === 'local') return { status: 'unlisted', reason: 'It is no provider' }
  const dialect = listDialects[connection.kind]
  const models = new Map<string, ProviderModel>()
  let cursor: string | null = null
  for (let page = 0; page < mostPages && models.size < mostModels; page += 1) {
    const reply: UpstreamReply = await upstream.post({
      url: dialect.addressOf(connection.baseUrl, cursor),
      headers: dialect.headersOf(connection.apiKey),
      signal,
      maxAttempts: 1,
      isGuarded: connection.isGuarded,
    })
    const text = await reply.text(mostBytes)
    const body = readObject(text)
    if (reply.status < 200 || reply.status > 299) return refusalOf(reply.status, text, dialect)
    const listed = body && dialect.readPage(body)
    if (!listed) return { status: 'unlisted', reason: 'It answers with no list of models' }
    for (const model of listed.models) models.set(model.id, model)
    cursor = listed.next
    if (cursor === null) break
  }
  return { status: 'listed', models: [...models.values()].slice(0, mostModels) }
}

function refusalOf(status: number, text: string, dialect: ListDialect): ModelsAnswer {
  if (status === 401 || status === 403 || dialect.isKeyRefusal(status, text)) {
    return { status: 'refused', reason: `It does not take the key (status ${status})` }
  }
  return { status: 'unlisted', reason: `It gives no list of models (status ${status})` }
}

function wordsOf({ message }: UpstreamError): string {
  return `It cannot be reached: ${message}`
}
