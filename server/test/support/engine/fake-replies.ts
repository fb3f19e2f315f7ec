import { expect } from 'vitest'
import type { EnginePath, EngineReply } from '../../../src/features/engine/engine.ts'
import type { Clock } from '../../../src/platform/clock.ts'
import { chatOf, startFakeEngine } from './fake-engine.ts'
import { fakePlan, type FakeAnswer } from './fake-scripts.ts'

export const plan = fakePlan()

/** A chunk of a chat, as far as tests look into it. */
export interface Frame {
  readonly choices: readonly {
    readonly index: number
    readonly delta: { readonly content?: string }
    readonly logprobs: { readonly content: readonly { readonly token: string }[] } | null
  }[]
  readonly usage?: unknown
}

const clock: Clock = { nowSeconds: () => 1700000000.9, elapsedMs: () => performance.now() }
const ids = { uuid: () => '01234567-89ab-4def-8123-456789abcdef' }
export const id = '0123456789ab4def8123456789abcdef'
export const created = 1700000000

/** An answer of the fake child, and the figures that it makes. */
export const hello: FakeAnswer = { tokens: ['Hel', 'lo', ' you'], cachedTokens: 1 }
export const usage = {
  prompt_tokens: 3,
  completion_tokens: 3,
  total_tokens: 6,
  prompt_tokens_details: { cached_tokens: 1 },
}
export const timings = {
  cache_n: 1,
  prompt_n: 2,
  prompt_ms: 4,
  prompt_per_second: 500,
  predicted_n: 3,
  predicted_ms: 10,
  predicted_per_second: 300,
}

/** An engine whose replies have one id and one time. */
export function startFixedEngine() {
  return startFakeEngine({ clock, ids })
}

export async function chat(script: FakeAnswer, more: object = {}) {
  await using engine = startFixedEngine()
  return await readReply(await engine.post(plan, chatOf(script, more)))
}

export async function post(path: EnginePath, body: object) {
  await using engine = startFixedEngine()
  const reply = await engine.post(plan, { path, body: JSON.stringify(body) })
  return { reply, body: await readReply(reply) }
}

/** Whole replies as JSON, streams as their frames, of which each is one line with an empty one. */
export async function readReply(reply: EngineReply) {
  const text = await reply.text()
  if (reply.headers['content-type'] === 'application/json') return JSON.parse(text)
  expect(text).toMatch(/^(?:data: [^\n]+\n\n)+$/u)
  const frames = text.split('\n\n').slice(0, -1)
  expect(frames.pop()).toBe('data: [DONE]')
  return frames.map((frame) => JSON.parse(frame.slice('data: '.length)))
}
