import { expect } from 'vitest'
import type { TestApp } from '../support/app.ts'
import { encodeTinyModel } from '../support/gguf/tiny-model.ts'
import { sendJson } from '../support/http-request.ts'
import { endless, greeter, localName, type LocalModelContent } from '../support/local-models.ts'
import { question, weather, type ClientKind, type Said } from './gateway-client.ts'
import { TracedRun } from './gateway-run.ts'

const calls = ['<tool_call>', `{"name":"${weather.name}",`, '"arguments":{"city":"Kiel"}}']
const city = ['"city":', '"Kiel",', '"people":', '249000']

/**
 * The models of the cells. A model of this size says nothing by itself that could be expected; so
 * each has one thing to say that its weights were made for, and says it token by token, through the
 * template, the sampler and the grammar as any other.
 */
export const cellModels = {
  greeter,
  endless,
  /** Calls a tool in each of its turns. */
  caller: { says: [...calls, '</tool_call>'] },
  form: { says: ['{', ...city, '}'] },
  /** The same for clients that ask for a form by a tool of this name. */
  'form-tool': { says: ['{"name":"json",', '"arguments":', '{', ...city, '}}'] },
  /** Its template makes any conversation longer than its context. */
  narrow: { contextLength: 256, chatTemplate: `${'word '.repeat(500)}{{ messages[0].content }}` },
  wordless: { chatTemplate: null },
  broken: encodeTinyModel(greeter).subarray(0, 5000),
} as const satisfies Readonly<Record<string, LocalModelContent>>

export type CellModel = keyof typeof cellModels

/** One client at models that run here. */
export class LocalRun extends TracedRun {
  readonly #app: TestApp

  constructor(app: TestApp, kind: ClientKind) {
    super(app, kind)
    this.#app = app
  }

  nameOf(model: CellModel): string {
    return `local/${localName(model)}`
  }

  /** What the engine holds of a model. */
  loaded(model: CellModel) {
    const { engine } = this.#app.app.context
    return engine.loaded().find(({ plan }) => plan.name === localName(model))
  }

  /** What the engine counts for the question that all clients ask. */
  async countQuestion(model: CellModel): Promise<number> {
    const messages = [{ role: 'user', content: question }]
    const value = { model: this.nameOf(model), messages }
    const { text } = await sendJson(this.#app.url, { path: '/v1/messages/count_tokens', value })
    return Number(/^\{"input_tokens":(\d+)\}$/u.exec(text)?.[1])
  }

  /** The model answers, whatever happened to it before. */
  async expectWorking(model: CellModel): Promise<void> {
    const messages = [{ role: 'user', content: question }]
    const value = { model: this.nameOf(model), messages, max_tokens: 1 }
    const { status } = await sendJson(this.#app.url, { path: '/v1/chat/completions', value })
    expect(status).toBe(200)
  }

  /** The calls of its trace, the earliest first. */
  async spans() {
    const { spans } = await this.trace()
    return spans.toSorted((one, other) => one.start_time - other.start_time)
  }

  /** What the client was told of each call is what its span holds; nothing was paid. */
  async expectRecorded(model: CellModel, all: readonly Said[]): Promise<void> {
    const spans = await this.spans()
    expect(spans).toHaveLength(all.length)
    for (const [index, { name, status, attributes }] of spans.entries()) {
      expect({ name, status }).toEqual({ name: `chat ${this.nameOf(model)}`, status: 'ok' })
      expect(attributes).not.toHaveProperty(['llm.cost_usd'])
      const { input = 0, output = 0, cached = 0 } = all[index]?.usage ?? {}
      expect(attributes).toMatchObject({
        'llm.provider': 'local',
        'llm.tokens.input': input,
        'llm.tokens.output': output,
        'llm.tokens.total': input + output,
      })
      expect(cached).toBeLessThan(input)
    }
    const { total_cost_usd: cost } = await this.trace()
    expect(cost).toBe(0)
  }
}
