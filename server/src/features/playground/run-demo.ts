import { DomainError } from '../../platform/domain-error.ts'
import { openSpans, type CompletionContext } from '../completion/index.ts'
import { allow, ownerKeyOf } from '../identity/index.ts'
import { findAskedModel } from './asked-model.ts'
import { carryOutDemo } from './demo-loop.ts'
import type { DemoRuns } from './demo-runs.ts'
import { rootSpan, type RootPlace } from './root-span.ts'
import { findScenario } from './scenarios.ts'

export interface DemoOrder {
  readonly scenario: string
  /** Instead of the scenario's own. */
  readonly model: string | null
}

/**
 * Starts a demo agent and gives its trace as soon as its root span is stored; what the agent does
 * from then on is told by the trace alone. Needs `completions:run`. Source: beacon contract §7.2.
 * @throws DomainError `invalid` for an unknown scenario and a model that cannot be asked, `limit`
 * when too many agents are at work; nothing is stored then.
 */
export async function runDemo(
  ctx: CompletionContext & { readonly demoRuns: DemoRuns },
  order: DemoOrder,
): Promise<{ readonly traceId: string }> {
  allow(ctx.caller, 'completions:run')
  const scenario = findScenario(order.scenario)
  if (scenario === undefined) {
    throw new DomainError('invalid', `Unknown scenario: ${order.scenario}`)
  }
  const asked = await findAskedModel(ctx, order.model ?? scenario.model)
  const root: RootPlace = {
    traceId: ctx.ids.uuid(),
    spanId: ctx.ids.uuid(),
    name: scenario.name,
    startTime: ctx.clock.nowSeconds(),
    attributes: { demo: true, 'demo.scenario': scenario.key },
  }
  await ctx.demoRuns.start({
    traceId: root.traceId,
    ownerKey: ownerKeyOf(ctx.caller) ?? null,
    begin: () => openSpans(ctx, [rootSpan(root)], 'first'),
    carryOut: (signal) => carryOutDemo(ctx, { scenario, asked, root }, signal),
  })
  return { traceId: root.traceId }
}
