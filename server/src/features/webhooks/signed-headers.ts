import { createHmac } from 'node:crypto'

interface Signing {
  /** Used as UTF-8. */
  readonly key: string
  readonly body: string
  readonly jobId: string
  /** Unix seconds. */
  readonly at: number
}

/**
 * What an attempt carries beside its body, so that a receiver can tell who sent it, when, and
 * whether it has had it already. Source: hypersigil §8.2.
 */
export function signedHeaders({ key, body, jobId, at }: Signing): Readonly<Record<string, string>> {
  const timestamp = new Date(at * 1000).toISOString()
  const signature = createHmac('sha256', key).update(`${timestamp}${body}${jobId}`).digest('hex')
  return {
    'content-type': 'application/json',
    'user-agent': 'Hypersigil-Webhook/1.0',
    'x-hypersigil-signature': `sha256=${signature}`,
    'x-hypersigil-timestamp': timestamp,
    'x-hypersigil-webhook-id': jobId,
  }
}
