import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import { defaultText } from '../support/fake-provider.ts'
import type { CellRun, caseNames } from './gateway-cells.ts'
import { weather, weatherIn, type Mode } from './gateway-client.ts'

type Case = (run: CellRun) => Promise<void>

const cases: Readonly<Record<(typeof caseNames)[number], Case>> = {
  plain,
  stream,
  tools,
  structured,
  error,
  abort,
}

/** Throws unless the client of the run does in a case what is expected of all. */
export async function expectCase(name: keyof typeof cases, run: CellRun): Promise<void> {
  await cases[name](run)
}

async function plain(run: CellRun): Promise<void> {
  const said = await run.client.ask(run.model)
  expect(said).toMatchObject({ text: defaultText, finishes: [run.kind.words.stop], calls: [] })
  run.expectUsage(said)
  await run.expectGolden(1)
}

async function stream(run: CellRun): Promise<void> {
  const pieces = ['Grüß', ' dich', ',\n', 'Welt 🌍', '!']
  run.next({ type: 'reply', text: pieces, splitBytes: 7 })
  const heard: string[] = []
  const said = await run.client.stream(run.model, { onText: (text) => heard.push(text) })
  const text = pieces.join('')
  expect(said).toMatchObject({ text, finishes: [run.kind.words.stop], calls: [] })
  expect(heard.join('')).toBe(text)
  run.expectUsage(said)
  await run.expectGolden(1)
}

async function tools(run: CellRun): Promise<void> {
  const toolCalls = ['Kiel', 'Oslo'].map((city) => ({ name: weather.name, arguments: { city } }))
  const modes: readonly Mode[] = ['whole', 'stream']
  for (const mode of modes) {
    const before = run.fake.requests.length
    run.next({ type: 'reply', toolCalls })
    const [called, answered, ...others] = await run.client.useTools(run.model, mode)
    const { words } = run.kind
    expect(called).toMatchObject({ text: '', finishes: [words.toolCalls], calls: toolCalls })
    expect(answered).toMatchObject({ text: defaultText, finishes: [words.stop], calls: [] })
    expect(others).toEqual([])
    for (const said of [called, answered]) if (said) run.expectUsage(said)
    const [first, second] = run.fake.requests.slice(before)
    expect(first?.text).toContain(`"${weather.name}"`)
    for (const call of toolCalls) expect(second?.text).toContain(weatherIn(call.arguments))
  }
  await run.expectGolden(4)
}

async function structured(run: CellRun): Promise<void> {
  const city = { city: 'Kiel', people: 249_000 }
  run.next(({ text }) =>
    // Some clients ask for a form by a tool of this name.
    text.includes('"name":"json"')
      ? { type: 'reply', toolCalls: [{ name: 'json', arguments: city }] }
      : { type: 'reply', text: JSON.stringify(city) },
  )
  expect(await run.client.fillForm(run.model)).toEqual(city)
  expect(run.fake.requests.at(-1)?.text).toMatch(/"people":\{"type":"number"/)
  await run.expectGolden(1)
}

/** Asked once each: neither the gateway nor the client asks again what it is told not to. */
async function error(run: CellRun): Promise<void> {
  const { client, model, fake } = run
  const headers = { 'x-should-retry': 'false' }
  const before = fake.requests.length
  for (const status of [429, 500, 400, 401]) {
    for (const ask of [() => client.ask(model), () => client.stream(model)]) {
      run.next({ type: 'status', status, headers, message: `No: ${status}` })
      const fault = await run.fault(ask())
      expect(fault).toMatchObject({ isOwn: true, status })
      expect(fault.message).toContain(`No: ${status}`)
    }
  }
  await expectBroken(run)
  expect(fake.requests.length - before).toBe(8 + 3)
  // A client that throws at the word of an error does not wait for the reply to end.
  await expect.poll(async () => (await run.trace()).spans.length).toBe(8 + 3)
  const { spans, ...trace } = await run.trace()
  expect(new Set(spans.map(({ status }) => status))).toEqual(new Set(['error']))
  const costs = spans.map(({ attributes }) => Number(attributes['llm.cost_usd'] ?? 0))
  expect(trace.total_cost_usd).toBeCloseTo(
    costs.reduce((sum, cost) => sum + cost, 0),
    12,
  )
}

/** After the first text: the provider says that it failed, its socket dies, it ends too early. */
async function expectBroken(run: CellRun): Promise<void> {
  const afterChunks = run.golden.textAt + 1
  run.next(
    { type: 'error-inside', afterChunks, message: 'It broke' },
    { type: 'drop', afterChunks },
    { type: 'cut', afterChunks },
  )
  for (const reason of [/It broke/, /broke off/, /broke off/]) {
    const heard: string[] = []
    const work = run.client.stream(run.model, { onText: (text) => heard.push(text) })
    if (run.kind.breaksOff === 'throws') {
      const fault = await run.fault(work)
      expect(fault).toMatchObject({ isOwn: true, message: expect.stringMatching(reason) })
    } else {
      expect(await work).toMatchObject({ finishes: ['failed'] })
    }
    expect(heard.join('')).toBe('Hello')
  }
}

async function abort(run: CellRun): Promise<void> {
  const { fake, client, model, golden } = run
  const held = Promise.withResolvers<void>()
  const pause = (index: number) => (index > golden.textAt ? held.promise : undefined)
  run.next({ type: 'reply', text: ['One', ' two', ' three'], pause })
  const leaving = new AbortController()
  const before = fake.requests.filter(({ closedByClientAt: at }) => at !== null).length
  const heard: string[] = []
  const onText = (text: string) => {
    heard.push(text)
    if (heard.join('') === 'One') leaving.abort()
  }
  await run.fault(client.stream(model, { signal: leaving.signal, onText }))
  const isClosed = fake.untilClosed(before + 1).then(() => 'closed')
  expect(await Promise.race([isClosed, sleep(1000, 'still open')])).toBe('closed')
  held.resolve()
  expect(heard.join('')).toBe('One')
  // A call that lasts is stored as running first.
  const span = async () => (await run.trace()).spans[0]
  await expect.poll(async () => (await span())?.end_time ?? null).not.toBeNull()
  expect(await span()).toMatchObject({
    status: 'error',
    attributes: { 'llm.error_kind': 'cancelled', 'llm.completion': 'One' },
  })
}
