import { setTimeout as sleep } from 'node:timers/promises'
import type {
  EngineCommand,
  EngineNews,
  GenerateJob,
  Prompt,
  TracedToken,
} from '../../../src/features/engine/engine-protocol.ts'
import type { LoadPlan } from '../../../src/features/engine/load-plan.ts'
import { isJsonObject } from '../../../src/platform/json.ts'
import { answerOf, modelOf, type FakeModel } from './fake-scripts.ts'

/** A child that speaks the engine's protocol and runs no model: it does what its scripts say. */

interface Job {
  credit: number
  isAborted: boolean
  wake: () => void
}

type Generate = Extract<EngineCommand, { type: 'generate' }>

const jobs = new Map<number, Job>()
let model: FakeModel = {}

function say(news: EngineNews): void {
  process.send?.(news)
}

async function load({ path }: LoadPlan): Promise<void> {
  const { loadMs = 0, start = 'ready', sequences = 1, memoryBytes = 1000 } = model
  say({ type: 'loading', progress: 0 })
  process.stdout.write('fake child loads\n')
  await sleep(loadMs)
  if (start === 'never') return
  if (start === 'exit') {
    process.stderr.write(`fake: cannot go on with the file of ${path}\n`)
    process.exit(3)
  }
  if (start === 'unloadable') {
    const code = 'gguf_metadata_error-invalid_magic'
    say({ type: 'unloadable', refusal: { status: 422, code, message: `No file of ${path}` } })
    return
  }
  say({
    type: 'ready',
    facts: {
      architecture: 'fake',
      contextSize: 64,
      trainContextSize: 64,
      sequences,
      threads: 1,
      hasChatTemplate: true,
      memoryBytes,
    },
  })
}

function textOf(prompt: Prompt): string {
  if (prompt.kind === 'text') return prompt.text
  if (prompt.kind === 'tokens') return prompt.tokens.join(' ')
  const content = prompt.messages.at(-1)?.['content']
  const [first]: unknown[] = Array.isArray(content) ? content : []
  return isJsonObject(first) ? String(first['text']) : String(content)
}

async function generate({ id, job, credit }: Generate): Promise<void> {
  const own: Job = { credit, isAborted: false, wake: () => undefined }
  jobs.set(id, own)
  const script = answerOf(textOf(job.prompt))
  const told = script.variable === undefined ? [] : [process.env[script.variable] ?? 'nothing']
  const { tokens = told, everyMs = 0, cachedTokens = 0, isThinking = false } = script
  if (script.refusal) {
    say({ type: 'refused', id, refusal: script.refusal })
    return
  }
  const prompt = job.top === null ? null : { text: 'as seen', tokens: [1, 2, 3] }
  say({ type: 'begun', id, promptTokens: 3, isThinking, prompt })
  let count = 0
  const limit = Math.min(tokens.length, job.maxTokens ?? Infinity)
  while ((count < limit || script.isSilent) && !own.isAborted) {
    if (count === script.diesAfter) process.kill(process.pid, 'SIGKILL')
    if (own.credit === 0 || script.isSilent) {
      await new Promise<void>((resolve) => (own.wake = resolve))
      continue
    }
    if (everyMs > 0) await sleep(everyMs)
    if (own.isAborted) break
    say({ type: 'tokens', id, ...tokenNews(job, tokens[count] ?? '', count) })
    own.credit -= 1
    count += 1
  }
  if (count === script.diesAfter) process.kill(process.pid, 'SIGKILL')
  if (script.ignoresAbort) return
  const isCut = limit < tokens.length || script.end === 'length'
  const reason = isCut ? 'length' : 'stop'
  say({
    type: 'ended',
    id,
    end: {
      reason: own.isAborted ? 'aborted' : reason,
      stoppedBy: null,
      promptTokens: 3,
      cachedTokens,
      generatedTokens: count,
      promptMs: 4,
      generateMs: 10,
    },
  })
  jobs.delete(id)
}

function tokenNews(job: GenerateJob, text: string, at: number) {
  const { top } = job
  if (top === null) return { text, count: 1, tokens: null }
  const choices = [text, '?', '!'].map((word, rank) => ({
    id: 10 * rank + at,
    text: word,
    logprob: -rank - 0.5,
  }))
  const token: TracedToken = {
    id: at,
    text,
    logprob: -0.5,
    top: choices.slice(0, top),
    at: 1000 + at,
  }
  return { text, count: 1, tokens: [token] }
}

function obey(command: EngineCommand): void {
  switch (command.type) {
    case 'load':
      model = modelOf(command.plan)
      void load(command.plan)
      break
    case 'generate':
      void generate(command)
      break
    case 'embed': {
      const { id, inputs } = command
      const vectors = inputs.map((_, at) => Float32Array.of(at, 0.5))
      say({ type: 'embedded', id, vectors, promptTokens: inputs.length * 2 })
      break
    }
    case 'count':
      say({ type: 'counted', id: command.id, tokens: textOf(command.prompt).split(' ').length })
      break
    case 'credit':
    case 'abort': {
      const job = jobs.get(command.id)
      if (!job) break
      if (command.type === 'credit') job.credit += command.tokens
      else job.isAborted = true
      job.wake()
      break
    }
    case 'ping':
      if (!model.isDeaf) say({ type: 'pong', at: command.at })
      break
    case 'stop':
      if (!model.isStubborn) process.exit(0)
  }
}

// As the real one: it answers to its server alone, and does not outlive it.
process.on('SIGINT', () => undefined)
process.on('disconnect', () => process.exit(0))
process.on('message', obey)
