import type { PlaygroundMessage, PlaygroundMetrics } from '@pharos/contract/beacon/playground.ts'
import { beaconRoutes } from '@pharos/contract/beacon/routes.ts'
import {
  chat,
  compareModels,
  comparePrompts,
  type ChatMessage,
  type Metrics,
} from '../../features/playground/index.ts'
import { serve, type BeaconPowers } from './door.ts'

export function playgroundRoutes(powers: BeaconPowers) {
  return [
    serve(beaconRoutes.chat, async ({ body, caller, signal }) => {
      const turn = {
        conversationId: body.conversation_id ?? null,
        model: body.model,
        systemPrompt: body.system_prompt ?? null,
        messages: body.messages.map(fromMessage),
      }
      const { traceId, text, metrics } = await chat({ ...powers, caller }, turn, signal)
      const message = { role: 'assistant' as const, content: text }
      const linked = { conversation_id: traceId, trace_id: traceId }
      return { status: 200, body: { ...linked, message, metrics: toMetrics(metrics) } }
    }),
    serve(beaconRoutes.compareModels, async ({ body, caller, signal }) => {
      const comparison = {
        models: body.models,
        systemPrompt: body.system_prompt ?? null,
        messages: body.messages.map(fromMessage),
      }
      const compared = await compareModels({ ...powers, caller }, comparison, signal)
      const results = compared.results.map(({ metrics, ...said }) => ({
        ...said,
        metrics: toMetrics(metrics),
      }))
      return { status: 200, body: { trace_id: compared.traceId, results } }
    }),
    serve(beaconRoutes.comparePrompts, async ({ body, caller, signal }) => {
      const { model, prompts, system_prompt } = body
      const comparison = { model, prompts, systemPrompt: system_prompt ?? null }
      const test = await comparePrompts({ ...powers, caller }, comparison, signal)
      const results = test.results.map(({ metrics, ...said }) => ({
        ...said,
        metrics: toMetrics(metrics),
      }))
      return { status: 200, body: { trace_id: test.traceId, test_id: test.testId, results } }
    }),
  ]
}

function fromMessage({ role, content: text }: PlaygroundMessage): ChatMessage {
  return { role, text }
}

function toMetrics(metrics: Metrics): PlaygroundMetrics {
  return {
    input_tokens: metrics.inputTokens,
    output_tokens: metrics.outputTokens,
    cost_usd: metrics.costUsd,
    latency_ms: metrics.latencyMs,
  }
}
