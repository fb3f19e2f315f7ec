import { expect } from 'vitest'
import type { caseNames } from './gateway-cells.ts'
import { weather, weatherIn, type Mode, type Said } from './gateway-client.ts'
import type { CellModel, LocalRun } from './gateway-local-run.ts'

type Case = (run: LocalRun) => Promise<void>

const cases: Readonly<Record<(typeof caseNames)[number], Case>> = {
  plain,
  stream,
  tools,
  structured,
  error,
  abort,
}

/** Throws unless the client of the run does with a local model what is expected of all. */
export async function expectLocalCase(name: keyof typeof cases, run: LocalRun): Promise<void> {
  await cases[name](run)
}

async function plain(run: LocalRun): Promise<void> {
  const said = await run.client.ask(run.nameOf('greeter'))
  await expectGreeting(run, said)
}

async function stream(run: LocalRun): Promise<void> {
  const heard: string[] = []
  const onText = (text: string) => heard.push(text)
  const said = await run.client.stream(run.nameOf('greeter'), { onText })
  expect(heard.join('')).toBe('Hello there!')
  await expectGreeting(run, said)
}

async function expectGreeting(run: LocalRun, said: Said): Promise<void> {
  const finishes = [run.kind.words.stop]
  expect(said).toMatchObject({ text: 'Hello there!', finishes, calls: [] })
  const input = await run.countQuestion('greeter')
  expect(input).toBeGreaterThan(0)
  expect(said.usage).toMatchObject({ input, output: 3 })
  await run.expectRecorded('greeter', [said])
}

/** This model calls in its second turn as in its first; that it was told the result is in the trace. */
async function tools(run: LocalRun): Promise<void> {
  const all: Said[] = []
  const modes: readonly Mode[] = ['whole', 'stream']
  const call = { name: weather.name, arguments: { city: 'Kiel' } }
  for (const mode of modes) {
    const turns = await run.client.useTools(run.nameOf('caller'), mode)
    expect(turns).toHaveLength(2)
    for (const said of turns) {
      const finishes = [run.kind.words.toolCalls]
      expect(said).toMatchObject({ text: '', finishes, calls: [call], usage: { output: 4 } })
    }
    const [first = 0, second = 0] = turns.map(({ usage }) => usage.input)
    expect(second).toBeGreaterThan(first)
    all.push(...turns)
  }
  await run.expectRecorded('caller', all)
  for (const [index, { attributes }] of (await run.spans()).entries()) {
    expect(attributes['llm.request']).toContain(`"${weather.name}"`)
    const isTold = String(attributes['llm.prompt']).includes(weatherIn(call.arguments))
    expect(isTold).toBe(index % 2 === 1)
  }
}

/** The grammar of the form lets the model say nothing else. */
async function structured(run: LocalRun): Promise<void> {
  const model = run.kind.asksFormsByTool === true ? 'form-tool' : 'form'
  expect(await run.client.fillForm(run.nameOf(model))).toEqual({ city: 'Kiel', people: 249_000 })
  const [span, ...others] = await run.spans()
  expect(others).toEqual([])
  expect(span?.status).toBe('ok')
  expect(span?.attributes['llm.request']).toMatch(/"people":\{"type":"number"/)
}

/** Asked once each: what the engine refuses reaches a client in its own words. */
async function error(run: LocalRun): Promise<void> {
  const refusals: readonly (readonly [CellModel, number, RegExp])[] = [
    ['narrow', 400, /256 tokens.*\d{3}/],
    ['wordless', 400, /chat template/],
    ['broken', 422, /broken/],
  ]
  for (const [model, status, words] of refusals) {
    const name = run.nameOf(model)
    for (const ask of [() => run.client.ask(name), () => run.client.stream(name)]) {
      const fault = await run.fault(ask())
      expect(fault).toMatchObject({ isOwn: true, status, message: expect.stringMatching(words) })
    }
  }
  await expectBroken(run)
  await expect.poll(async () => (await run.spans()).length).toBe(refusals.length * 2 + 1)
  const spans = await run.spans()
  expect(new Set(spans.map(({ status }) => status))).toEqual(new Set(['error']))
  const last = spans.at(-1)
  expect(last?.error_message).toMatch(/died \(SIGKILL\)/)
  expect(last?.attributes['llm.completion']).not.toBe('')
}

/** The process of the model is killed after its first words. */
async function expectBroken(run: LocalRun): Promise<void> {
  let isKilled = false
  const onText = (text: string) => {
    const { pid = null } = run.loaded('endless') ?? {}
    if (isKilled || text === '' || pid === null) return
    isKilled = process.kill(pid, 'SIGKILL')
  }
  const work = run.client.stream(run.nameOf('endless'), { onText })
  if (run.kind.breaksOff === 'throws') {
    const fault = await run.fault(work)
    expect(fault).toMatchObject({ isOwn: true, message: expect.stringMatching(/broke off/) })
  } else {
    expect(await work).toMatchObject({ finishes: ['failed'] })
  }
  expect(isKilled).toBe(true)
  await run.expectWorking('endless')
}

async function abort(run: LocalRun): Promise<void> {
  const leaving = new AbortController()
  let heard = ''
  const onText = (text: string) => {
    heard += text
    if (heard !== '') leaving.abort()
  }
  const { signal } = leaving
  await run.fault(run.client.stream(run.nameOf('endless'), { signal, onText }))
  await expect.poll(() => run.loaded('endless')).toMatchObject({ state: 'ready', inFlight: 0 })
  const span = async () => (await run.spans())[0]
  await expect.poll(async () => (await span())?.end_time ?? null).not.toBeNull()
  expect(await span()).toMatchObject({
    status: 'error',
    attributes: {
      'llm.error_kind': 'cancelled',
      'llm.completion': expect.stringContaining(heard),
    },
  })
}
