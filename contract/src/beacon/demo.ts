/** Demo agents: a real model with simulated tools. Source: beacon contract §7. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { ErrorReply, guarded, ValidationReply, withBody } from './errors.ts'
import { Id } from './scalars.ts'

export const DemoScenario = z
  .object({
    key: z.string(),
    name: z.string(),
    description: z.string(),
    provider: z.string(),
    model: z.string(),
    api_key_configured: z.boolean(),
  })
  .meta({ id: 'DemoScenario' })
export type DemoScenario = z.infer<typeof DemoScenario>

export const listScenarios = defineRoute({
  method: 'GET',
  path: '/v1/demo/scenarios',
  summary: 'List the demo agents and whether their provider has a stored key',
  ref: 'beacon §1.1-25',
  access: 'models:read',
  reply: { 200: z.array(DemoScenario), ...guarded },
})

/** The scenario is free text here: an unknown one is refused with 400, not 422. */
export const DemoRunRequest = z
  .object({
    scenario: z.string(),
    model: z.string().nullish().meta({
      description: "Instead of the scenario's own: a known model, or `connection/model`",
    }),
  })
  .meta({ id: 'DemoRunRequest' })
export type DemoRunRequest = z.infer<typeof DemoRunRequest>

export const DemoRunReply = z.object({ trace_id: z.string() }).meta({ id: 'DemoRunReply' })
export type DemoRunReply = z.infer<typeof DemoRunReply>

export const runDemo = defineRoute({
  method: 'POST',
  path: '/v1/demo/run',
  summary: 'Start a demo agent; what it does is told by its trace',
  ref: 'beacon §1.1-26',
  access: 'completions:run',
  body: DemoRunRequest,
  reply: { 200: DemoRunReply, 400: ErrorReply, 429: ErrorReply, ...guarded, ...withBody },
})

export const DemoCancelReply = z
  .object({ trace_id: z.string(), cancelled: z.literal(true) })
  .meta({ id: 'DemoCancelReply' })
export type DemoCancelReply = z.infer<typeof DemoCancelReply>

export const cancelDemo = defineRoute({
  method: 'DELETE',
  path: '/v1/demo/runs/{trace_id}',
  summary: 'Stop a demo agent that is at work and close its spans',
  access: 'completions:run',
  params: z.object({ trace_id: Id }),
  reply: { 200: DemoCancelReply, 404: ErrorReply, 422: ValidationReply, ...guarded },
})
