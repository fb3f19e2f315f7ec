import { setTimeout as sleep } from 'node:timers/promises'
import type {
  EngineReply,
  EngineRequest,
  LocalEngineOptions,
} from '../../../src/features/engine/engine.ts'
import type { LoadPlan } from '../../../src/features/engine/load-plan.ts'
import { LocalEngine } from '../../../src/features/engine/local-engine.ts'
import { systemClock } from '../../../src/platform/clock.ts'
import { createLog } from '../../../src/platform/log/create-log.ts'
import { fakePlan, type FakeAnswer } from './fake-scripts.ts'

/** An engine whose models are scripts. */
export function startFakeEngine(options: Partial<LocalEngineOptions> = {}): LocalEngine {
  return new LocalEngine({
    clock: systemClock,
    log: createLog({ level: 'silent' }),
    keepAliveSeconds: -1,
    memoryBytes: 10_000_000_000,
    childModule: new URL('fake-child.ts', import.meta.url),
    ...options,
  })
}

/** A chat that the fake child answers as the script says. */
export function chatOf(script: FakeAnswer, more: object = {}): EngineRequest {
  const messages = [{ role: 'user', content: JSON.stringify(script) }]
  return { path: '/chat/completions', body: JSON.stringify({ model: 'm', messages, ...more }) }
}

export async function ask(
  engine: LocalEngine,
  script: FakeAnswer,
  plan: LoadPlan = fakePlan(),
): Promise<EngineReply> {
  return engine.post(plan, chatOf(script))
}

/** Reads the first chunk and goes. */
export async function leave({ chunks }: EngineReply): Promise<void> {
  const reader = chunks[Symbol.asyncIterator]()
  await reader.next()
  await reader.return?.()
}

/** Waits for what comes by itself, and fails when it does not. */
export async function until(isSo: () => boolean, what: string): Promise<void> {
  for (let turn = 0; turn < 1000; turn += 1) {
    if (isSo()) return
    await sleep(10)
  }
  throw new Error(`never happened: ${what}`)
}

export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
