import type { ModelTarget, ResolvedModel } from '../models/index.ts'

type Target = Pick<ModelTarget, 'connection' | 'model' | 'said'>

/**
 * What a reply tells of the way that a router sent its question: the target that was asked last, in
 * the words of whoever made the router, and how many were asked. Empty for any other name.
 * Source: bodhi contract B.3.
 */
export function routerHeaders(
  { strategy }: Pick<ResolvedModel, 'strategy'>,
  { said, connection, model }: Target,
  attempts: number,
): Readonly<Record<string, string>> {
  if (strategy === null) return {}
  const routed = said ?? { alias: connection.name, model }
  return {
    'x-bodhi-routed-alias': headerText(routed.alias),
    'x-bodhi-routed-model': headerText(routed.model),
    'x-bodhi-router-strategy': strategy,
    'x-bodhi-router-attempts': String(attempts),
  }
}

/** Names may hold what no header can. */
function headerText(name: string): string {
  return name.replaceAll(/[^\x20-\x7e]/gu, encodeURIComponent)
}
