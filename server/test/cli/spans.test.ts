import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Client } from 'pg'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { databasePlace, makeHome, type Home, type RunningServer } from './pharos.ts'

let home: Home

beforeEach(async () => {
  home = await makeHome()
})

afterEach(() => home[Symbol.asyncDispose]())

/** Changes rows behind the server's back, as an older version would have left them. */
async function alter(databaseUrl: string | undefined, statements: readonly string[]) {
  if (databaseUrl === undefined) {
    using file = new DatabaseSync(join(home.dataDir, 'pharos.db'), { timeout: 5000 })
    for (const statement of statements) file.exec(statement)
    return
  }
  const client = new Client({ connectionString: databaseUrl })
  await client.connect()
  for (const statement of statements) await client.query(statement)
  await client.end()
}

async function post(server: RunningServer, path: string, value: unknown): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  const body = JSON.stringify(value)
  const reply = await fetch(`${server.url}${path}`, { method: 'POST', headers, body })
  expect(reply.status, await reply.text()).toBe(200)
}

async function get(server: RunningServer, path: string): Promise<Record<string, unknown>> {
  const value: unknown = await (await fetch(`${server.url}${path}`)).json()
  return value as Record<string, unknown>
}

const call = (span_id: string, model: string, more: Readonly<Record<string, unknown>> = {}) => ({
  span_id,
  trace_id: 't',
  span_type: 'llm_call',
  name: 'ask',
  start_time: Date.UTC(2026, 9, 15) / 1000,
  attributes: {
    'llm.provider': 'openai',
    'llm.model': model,
    'llm.tokens.input': 1000,
    'llm.tokens.output': 100,
    ...more,
  },
})

describe.each(['sqlite', 'postgres'] as const)('beside a running server [%s]', (dialect) => {
  it('reprice works out anew what no client said', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    await using server = await home.start([], environment)
    const costOf = async (id: string) => (await get(server, `/v1/spans/${id}/cost`))['cost_usd']
    await post(server, '/v1/spans', {
      spans: [call('mini', 'gpt-4o-mini'), call('o3', 'o3'), call('told', 'o3', tells(0.5))],
    })
    // 1000 read and 100 written: at 0.15 and 0.60 a million, at 2 and 8.
    const [mini, o3] = [(1000 * 0.15 + 100 * 0.6) / 1e6, (1000 * 2 + 100 * 8) / 1e6]
    await vi.waitFor(async () => expect(await costOf('o3')).toBeCloseTo(o3, 12), 10_000)
    expect(await costOf('mini')).toBeCloseTo(mini, 12)

    await alter(environment['DATABASE_URL'], [
      "UPDATE spans SET computed_cost_usd = 1 WHERE span_id IN ('mini', 'o3')",
      'UPDATE traces SET total_cost_usd = 2.5, cost_remainder = 0',
    ])
    const run = (...args: string[]) => home.run(['reprice', ...args], environment)
    expect(await run('--since', '2026-10-16')).toMatchObject({
      code: 0,
      stdout: 'Repriced: 0 spans examined, 0 changed\n',
    })
    expect(await run('--model', 'o3')).toMatchObject({
      code: 0,
      stdout: 'Repriced: 1 span examined, 1 changed\n',
    })
    expect(await costOf('o3')).toBeCloseTo(o3, 12)
    expect(await costOf('mini')).toBe(1)
    expect(await run('--since', '2026-10-15')).toMatchObject({
      code: 0,
      stdout: 'Repriced: 2 spans examined, 1 changed\n',
    })
    expect(await costOf('mini')).toBeCloseTo(mini, 12)
    expect(await costOf('told')).toBe(0.5)
    const { total_cost_usd: total } = await get(server, '/v1/traces/t')
    expect(total).toBeCloseTo(mini + o3 + 0.5, 12)
  })

  it('remap derives anew what another tracer meant', async () => {
    await using place = await databasePlace(dialect)
    const { environment } = place
    await using server = await home.start([], environment)
    await post(server, '/v1/traces', {
      resourceSpans: [{ scopeSpans: [{ scope: { name: 'test' }, spans: [otlpSpan] }] }],
    })
    const modelOf = async () => {
      const { attributes } = await get(server, `/v1/spans/${otlpSpan.spanId}`)
      return (attributes as Record<string, unknown>)['llm.model']
    }
    expect(await modelOf()).toBe('gpt-4o-mini')
    await alter(environment['DATABASE_URL'], [
      'UPDATE spans SET mapping_version = -1, model = NULL',
      'UPDATE span_payloads SET mapped = NULL',
    ])
    expect(await modelOf()).toBeUndefined()
    const run = (...args: string[]) => home.run(['remap', ...args], environment)
    expect(await run()).toMatchObject({
      code: 0,
      stdout: 'Remapped: 1 span examined, 1 changed\n',
    })
    expect(await modelOf()).toBe('gpt-4o-mini')
    expect(await run()).toMatchObject({ stdout: 'Remapped: 0 spans examined, 0 changed\n' })
    expect(await run('--all')).toMatchObject({ stdout: 'Remapped: 1 span examined, 0 changed\n' })
  })
})

describe('the commands over stored spans', () => {
  it('have nothing to do in a new folder, and say what they take', async () => {
    for (const [name, done] of [
      ['reprice', 'Repriced'],
      ['remap', 'Remapped'],
    ] as const) {
      expect(await home.run([name])).toMatchObject({
        code: 0,
        stdout: `${done}: 0 spans examined, 0 changed\n`,
      })
    }
    const { stdout } = await home.run(['reprice', '--help'])
    expect(stdout).toContain('--since <days|date>')
    expect(stdout).not.toContain('--port')
    expect(await home.run(['reprice', '--since', 'monday'])).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^pharos: --since must be days .*"monday"\n$/),
    })
  })
})

function tells(costUsd: number) {
  return { 'llm.cost_usd': costUsd }
}

const otlpSpan = {
  traceId: '0af7651916cd43dd8448eb211c80319c',
  spanId: 'b7ad6b7169203331',
  name: 'chat gpt-4o-mini',
  kind: 3,
  startTimeUnixNano: '1790000000000000000',
  endTimeUnixNano: '1790000001000000000',
  attributes: [
    { key: 'gen_ai.operation.name', value: { stringValue: 'chat' } },
    { key: 'gen_ai.provider.name', value: { stringValue: 'openai' } },
    { key: 'gen_ai.request.model', value: { stringValue: 'gpt-4o-mini' } },
    { key: 'gen_ai.usage.input_tokens', value: { intValue: '10' } },
    { key: 'gen_ai.usage.output_tokens', value: { intValue: '2' } },
  ],
}
