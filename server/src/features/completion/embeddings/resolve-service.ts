import { DomainError } from '../../../platform/domain-error.ts'
import { findService, type ResolvedModel } from '../../models/index.ts'
import type { CompletionContext } from '../powers.ts'
import type { EmbeddingAsk } from './embedding-ask.ts'

/**
 * The one place where a model of a service is run. Needs `embeddings:run`.
 * @throws DomainError `precondition` (details.reason `no-key`, `switched-off`).
 */
export async function resolveService(
  ctx: CompletionContext,
  { name, model }: NonNullable<EmbeddingAsk['service']>,
): Promise<ResolvedModel> {
  const found = await findService(ctx, name)
  if (found.status !== 'ready') {
    const { status: reason, label } = found
    const message = reason === 'no-key' ? `${label} has no API key` : `${label} is switched off`
    throw new DomainError('precondition', message, { details: { reason, provider: name } })
  }
  const { label, baseUrl, apiKey } = found.service
  // The kind says where the bytes go, which is over the network; its dialect is the service's own.
  const kind = 'openai-compatible' as const
  const connection = { name, kind, label, baseUrl, apiKey, isGuarded: false }
  return {
    asked: model,
    alias: null,
    strategy: null,
    targets: [{ connection, model, defaults: {} }],
    cacheSeconds: null,
    traceTokens: null,
    cooldown: null,
    aliasSavedAt: null,
  }
}
