import { DomainError } from '../../platform/domain-error.ts'
import type { UpstreamReply, UpstreamRequest } from '../../platform/upstream/upstream.ts'
import type { EngineRequest } from '../engine/index.ts'
import type { Connection } from '../models/index.ts'
import type { CompletionPowers } from './powers.ts'

/** A request with all that its dialect knows; for the local engine `url` is a path alone. */
export interface ProviderRequest
  extends Omit<UpstreamRequest, 'isGuarded'>, Pick<EngineRequest, 'traceTokens' | 'onTrace'> {
  readonly body: string
}

/**
 * Sends a request to where a connection leads: through the pool of sockets, or to the engine in
 * this process, which answers as a provider does and can note its tokens besides.
 * @throws UpstreamError when no answer came, DomainError `precondition` for the engine without a file.
 */
export async function postTo(
  { upstream, engine }: Pick<CompletionPowers, 'upstream' | 'engine'>,
  { kind, isGuarded, load, label }: Connection,
  { traceTokens = null, onTrace, ...request }: ProviderRequest,
): Promise<UpstreamReply> {
  if (kind !== 'local') return upstream.post({ ...request, isGuarded })
  if (load === undefined) {
    throw new DomainError('precondition', `${label} was not told which file to load`, {
      details: { reason: 'no-model-file' },
    })
  }
  const { url, body, signal, firstByteMs } = request
  return engine.post(load, {
    path: enginePath(url),
    body,
    traceTokens,
    ...(onTrace === undefined ? {} : { onTrace }),
    ...(signal === undefined ? {} : { signal }),
    ...(firstByteMs === undefined ? {} : { firstByteMs }),
  })
}

const enginePaths: readonly EngineRequest['path'][] = [
  '/chat/completions',
  '/completions',
  '/embeddings',
  '/tokenize',
]

function enginePath(url: string): EngineRequest['path'] {
  const path = enginePaths.find((one) => one === url)
  if (path === undefined) throw new Error(`The engine has no ${url}`)
  return path
}
