import { localCaller } from '../../../src/features/identity/index.ts'
import { createFileAlias, type FileAliasInput } from '../../../src/features/models/index.ts'
import type { TestAppOptions } from '../../support/app.ts'
import {
  localFile,
  localName,
  writeLocalModels,
  type LocalModelContent,
} from '../../support/local-models.ts'
import { openGateway, type DialectCall, type GatewayStage } from './stage.ts'

type LoadedModel = ReturnType<GatewayStage['app']['app']['context']['engine']['loaded']>[number]

/** A gateway with models that run in it. */
export interface LocalGateway extends GatewayStage {
  /** Names a model's file. */
  fileAlias(alias: string, model: string, given?: Partial<FileAliasInput>): Promise<void>
  /** What the engine holds of a model, by whatever name it was loaded. */
  loaded(model: string): LoadedModel | undefined
}

export async function openLocalGateway(
  models: Readonly<Record<string, LocalModelContent>>,
  options: TestAppOptions = {},
): Promise<LocalGateway> {
  await using opened = new AsyncDisposableStack()
  const { home: hfHome } = opened.use(await writeLocalModels(models))
  const settings = { hfHome, modelThreads: 1, ...options.settings }
  const stage = opened.use(await openGateway({ ...options, settings }))
  const { context } = stage.app.app
  const closing = opened.move()
  return {
    ...stage,
    fileAlias: async (alias, model, given = {}) => {
      const input = {
        alias,
        ...localFile(model),
        requestParams: {},
        contextParams: {},
        options: {},
      }
      await createFileAlias({ ...context, caller: localCaller() }, { ...input, ...given })
    },
    loaded: (model) => context.engine.loaded().find(({ plan }) => plan.name === localName(model)),
    [Symbol.asyncDispose]: () => closing.disposeAsync(),
  }
}

/** A streamed reply that is read as far as a test likes. */
export class OpenReply {
  readonly status: number
  readonly headers: Headers
  #text = ''
  readonly #reader: ReadableStreamDefaultReader<string> | undefined
  readonly #stop: AbortController

  private constructor(reply: Response, stop: AbortController) {
    this.status = reply.status
    this.headers = reply.headers
    this.#reader = reply.body?.pipeThrough(new TextDecoderStream()).getReader()
    this.#stop = stop
  }

  /** Resolves with the head of the reply. */
  static async ask(
    url: string,
    { path, body }: DialectCall,
    model: string,
    fields: object = {},
  ): Promise<OpenReply> {
    const stop = new AbortController()
    const reply = await fetch(url + path, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ ...body(model, true), ...fields }),
      signal: stop.signal,
    })
    return new OpenReply(reply, stop)
  }

  /** What came until something is among it. */
  async until(pattern: RegExp): Promise<string> {
    while (!pattern.test(this.#text)) {
      if (!(await this.#more())) throw new Error(`No ${String(pattern)} in ${this.#text}`)
    }
    return this.#text
  }

  /** All that came, when it is over. */
  async rest(): Promise<string> {
    while (await this.#more());
    return this.#text
  }

  leave(): void {
    this.#stop.abort()
  }

  async #more(): Promise<boolean> {
    const { done = true, value = '' } = (await this.#reader?.read()) ?? {}
    this.#text += value
    return !done
  }
}
