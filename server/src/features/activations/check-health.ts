import type { Uses } from '../identity/index.ts'
import type { ActivationPowers } from './powers.ts'
import { allowExplorer } from './reach.ts'

export interface ActivationHealth {
  readonly isDatabaseReachable: boolean
  readonly isHfReachable: boolean
  /** Only informs. */
  readonly isSaeReachable: boolean
  /** What cannot be reached; empty when the explorer works. */
  readonly faults: readonly string[]
}

type HealthContext = Uses<'db' | 'caller'> &
  Pick<ActivationPowers, 'upstream' | 'activationServices'>

const probeMs = 5000

/** Asks everything behind the explorer at once. Never throws for what it finds. Source: §7.8. */
export async function checkActivations(
  ctx: HealthContext,
  signal: AbortSignal,
  timeoutMs = probeMs,
): Promise<ActivationHealth> {
  allowExplorer(ctx)
  const { hfUrl, saeUrl } = ctx.activationServices
  const within = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)])
  const [database, hf, sae] = await Promise.all([
    faultOf('database', pingOf(ctx, within)),
    faultOf('hf inference', probe(ctx, hfUrl, within)),
    faultOf('sae service', probe(ctx, saeUrl, within)),
  ])
  const isWorking = database === null && hf === null
  return {
    isDatabaseReachable: database === null,
    isHfReachable: hf === null,
    isSaeReachable: sae === null,
    faults: isWorking ? [] : [database, hf, sae].filter((fault) => fault !== null),
  }
}

async function faultOf(name: string, asking: Promise<unknown>): Promise<string | null> {
  try {
    await asking
    return null
  } catch (error) {
    return `${name} unreachable: ${error instanceof Error ? error.message : 'no answer'}`
  }
}

/** NOTE: an error of the database may quote a statement or an address. */
async function pingOf({ db }: HealthContext, signal: AbortSignal): Promise<void> {
  const { promise, reject } = Promise.withResolvers<never>()
  const late = (): void => reject(new Error('no answer in time'))
  signal.addEventListener('abort', late, { once: true })
  const ping = db.ping().catch(() => {
    throw new Error('it does not answer')
  })
  await Promise.race([ping, promise]).finally(() => signal.removeEventListener('abort', late))
}

/** Any 2xx is an answer. */
async function probe(
  { upstream }: HealthContext,
  url: string | undefined,
  signal: AbortSignal,
): Promise<void> {
  if (url === undefined) throw new Error('not configured')
  const request = { url: `${url}/health`, headers: {}, signal, maxAttempts: 1 }
  const reply = await upstream.post(request)
  await reply.text(1024)
  if (reply.status < 200 || reply.status >= 300) throw new Error(`it answered ${reply.status}`)
}
