import type { RequestFacts } from '../../platform/http/request-facts.ts'

/** Where a reader finds the server: as the operator says, else as the reader calls it. */
export function publicUrlOf(
  publicBaseUrl: string | undefined,
  { headers: { host } }: Pick<RequestFacts, 'headers'>,
): string {
  if (publicBaseUrl !== undefined) return publicBaseUrl.replace(/\/+$/, '')
  return host === undefined ? '' : `http://${host}`
}
