/**
 * The features in their fixed order; features in one row are equals. A feature may import those of
 * earlier rows. Changing the order is a reviewed decision (docs/decisions).
 */
export const featureOrder: ReadonlyArray<readonly string[]> = [
  // Identity stands alone in front: every verb, those of the settings too, asks it for permission.
  ['identity'],
  ['settings'],
  ['collections', 'conversations', 'files', 'jobs', 'webhooks'],
  ['pricing'],
  ['traces'],
  ['inference-logs', 'model-files', 'engine'],
  ['models', 'prompts'],
  // Items of test data fill the templates of prompts.
  ['datasets'],
  ['completion'],
  ['executions', 'replay', 'analysis', 'playground', 'mods', 'activations'],
  // A prompt in use under a name: each of its runs is an execution.
  ['deployments'],
]

/** Where a file lives. `room` is the surface's or feature's name, `inside` the path within it. */
export type Place =
  | {
      readonly layer: 'app' | 'platform' | 'contract' | 'migrations' | 'web'
      readonly inside: string
    }
  | { readonly layer: 'surface' | 'feature'; readonly room: string; readonly inside: string }
  /** Tests, their support, benchmarks, scripts: they may look at anything; nothing looks at them. */
  | { readonly layer: 'outside' }
  | { readonly layer: 'homeless' }

const roots = [
  { prefix: 'server/src/app/', layer: 'app' },
  { prefix: 'server/src/platform/', layer: 'platform' },
  { prefix: 'server/migrations/', layer: 'migrations' },
  { prefix: 'contract/src/', layer: 'contract' },
  { prefix: 'web/', layer: 'web' },
] as const

const rooms = [
  { prefix: 'server/src/surfaces/', layer: 'surface' },
  { prefix: 'server/src/features/', layer: 'feature' },
] as const

/** The place of a file, by its path alone. */
export function placeOf(path: string): Place {
  if (isOutside(path)) return { layer: 'outside' }
  if (path === 'server/src/main.ts') return { layer: 'app', inside: 'main.ts' }
  const root = roots.find(({ prefix }) => path.startsWith(prefix))
  if (root) return { layer: root.layer, inside: path.slice(root.prefix.length) }
  for (const { prefix, layer } of rooms) {
    const [room, ...inside] = path.startsWith(prefix) ? path.slice(prefix.length).split('/') : []
    if (room !== undefined && inside.length > 0) return { layer, room, inside: inside.join('/') }
  }
  return { layer: 'homeless' }
}

function isOutside(path: string): boolean {
  if (/\.test(-d)?\.ts$/u.test(path)) return true
  return ['server/test/', 'bench/', 'scripts/'].some((prefix) => path.startsWith(prefix))
}

/** The row of a feature in the fixed order, or -1 for one that is not in it. */
export function rankOf(feature: string): number {
  return featureOrder.findIndex((row) => row.includes(feature))
}
