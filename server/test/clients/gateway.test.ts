/** Every client reaches a model of every kind of upstream through a running server. */
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { writeLocalModels } from '../support/local-models.ts'
import { startModelStage, type ModelStage } from '../support/model-stage.ts'
import { expectCase } from './gateway-cases.ts'
import {
  absent,
  caseNames,
  CellRun,
  clients,
  nameOf,
  providers,
  upstreams,
  type Cell,
} from './gateway-cells.ts'
import { expectLocalCase } from './gateway-local-cases.ts'
import { cellModels, LocalRun } from './gateway-local-run.ts'

/** Every client of the issue; the `openai` package and its provider for `ai` have two APIs each. */
const asked: readonly Cell[] = [
  'openai',
  'openai (responses)',
  '@anthropic-ai/sdk',
  'ollama',
  'ai with @ai-sdk/openai (chat)',
  'ai with @ai-sdk/openai (responses)',
  'ai with @ai-sdk/anthropic',
].flatMap((client) =>
  upstreams.flatMap((upstream) => caseNames.map((name) => ({ client, upstream, name }))),
)

const isAbsent = (cell: Cell) => absent.some((one) => nameOf(one) === nameOf(cell))

describe('The gateway', () => {
  const passed = new Set<string>()
  const opened = new AsyncDisposableStack()
  let stage: ModelStage
  beforeAll(async () => {
    const { home: hfHome } = opened.use(await writeLocalModels(cellModels))
    const settings = { hfHome, modelThreads: 1 }
    stage = opened.use(await startModelStage({ settings }))
  })
  afterEach(() => {
    for (const fake of Object.values(stage.fakes)) {
      expect(fake.requests.flatMap(({ refused }) => refused ?? [])).toEqual([])
    }
  })
  afterAll(() => opened.disposeAsync())

  describe.each(clients)('serves $client', (kind) => {
    describe.each(providers)('with a model of %s', (upstream) => {
      const cells = caseNames.map((name) => ({ client: kind.client, upstream, name }))

      it.each(cells.filter((cell) => !isAbsent(cell)))('$name', async (cell) => {
        await expectCase(cell.name, new CellRun(stage, kind, upstream))
        passed.add(nameOf(cell))
      })
    })

    it.each(caseNames)('with a model that runs here: %s', async (name) => {
      await expectLocalCase(name, new LocalRun(stage.app, kind))
      passed.add(nameOf({ client: kind.client, upstream: 'local', name }))
    })
  })

  it.each(absent)('tells $client × $upstream × $name by name what cannot be', async (cell) => {
    const kind = clients.find(({ client }) => client === cell.client)
    if (!kind) throw new Error('no such client')
    const run = new CellRun(stage, kind, cell.upstream)
    const before = run.fake.requests.length
    const fault = await run.fault(run.client.fillForm(run.model))
    expect(fault).toMatchObject({ isOwn: true, status: 400 })
    expect(fault.message).toContain(`${cell.field}: `)
    expect(run.fake.requests).toHaveLength(before)
    await expectCase(cell.name, new CellRun(stage, cell.instead, cell.upstream))
  })

  it('leaves no cell of the table out', () => {
    const unaccounted = asked.filter((cell) => !passed.has(nameOf(cell)) && !isAbsent(cell))
    expect(unaccounted.map(nameOf)).toEqual([])
    expect(passed.size + absent.length).toBe(asked.length)
    const told = absent.map((cell) => `${nameOf(cell)}: 400 ${cell.field}`)
    const lines = [`${asked.length} cells, ${passed.size} tested, absent:`, ...told]
    process.stdout.write(`${lines.join('\n')}\n`)
  })
})
