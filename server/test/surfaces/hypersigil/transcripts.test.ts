/**
 * `<key:admin>` and `<key:prompts:read>` in a header are keys, `<key:session:viewer>` is the value of the
 * cookie `bodhiapp_session_id` of a person. `<text:openai>` is the base URL of a provider.
 */
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { RouteSpec } from '@pharos/contract/route.ts'
import { testTranscripts } from '../../support/transcript-suite.ts'
import { HypersigilStage } from './stage.ts'

testTranscripts({
  surface: 'Hypersigil',
  folder: new URL('./transcripts/', import.meta.url),
  routes: hypersigilRoutes,
  patternOf,
  source: /^(?:§[\d.]+|rulings-§\d+)$/,
  moreThan: 40,
  headers: { vary: 'Origin, Cookie, Authorization, X-API-Key', 'x-frame-options': 'SAMEORIGIN' },
  open: (dialect) => HypersigilStage.open(dialect),
})

/** In any case, with or without a slash at the end. */
function patternOf({ path }: RouteSpec): RegExp {
  return new RegExp(`^${path.replaceAll(/\{\w+\}/g, '[^/]+')}/?$`, 'i')
}
