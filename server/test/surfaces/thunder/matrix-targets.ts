import { scopes } from '@pharos/contract/vocabulary.ts'
import { send, sendJson, type Received } from '../../support/http-request.ts'
import type { MatrixClass, TargetKind } from './matrix-table.ts'
import { postLog } from './post-log.ts'
import type { Stage } from './stage.ts'

/** Something to aim at: what stands in a route's path, and how an admin sees its state. */
export interface Target {
  readonly params: Readonly<Record<string, string>>
  /** A word that only this target's content has. */
  readonly marker: string
  /** Addresses whose replies to an admin are the state of all there is of it. */
  readonly views: readonly string[]
}

/** Whose a target is. */
type Maker = 'owner' | 'engine' | 'other'

/** The literal keys with which the engines of each log. */
export const engineKeys = {
  owner: 'owner-of-logs-4tPv77LmcN20',
  engine: 'alone-in-room-8wEt63ZkrB57',
  other: 'other-of-logs-1hYs50QeuF68',
} as const satisfies Readonly<Record<Maker, string>>

const explorer = '/playground/activations'

/** Makes targets through HTTP, and the keys of every class of callers. */
export class MatrixTargets {
  readonly #stage: Stage
  readonly #keys: Readonly<Record<MatrixClass, string | undefined>>
  #count = 0

  private constructor(stage: Stage, keys: Readonly<Record<MatrixClass, string | undefined>>) {
    this.#stage = stage
    this.#keys = keys
  }

  static async over(stage: Stage): Promise<MatrixTargets> {
    const { url } = stage.app
    const admin = await stage.app.createKey(...scopes)
    const keyFor = async (label: string): Promise<string> => {
      const value = { name: label, allowed_api_key: label }
      const headers = { 'x-api-key': admin }
      return textIn(await sendJson(url, { path: '/auth/keys', value, headers }), 'api_key')
    }
    const [owner, other] = [await keyFor(engineKeys.owner), await keyFor(engineKeys.other)]
    for (const [name, key] of Object.entries(engineKeys)) {
      await postLog(url, { request_id: `first-${name}`, user_api_key: key })
    }
    const path = '/logs/first-owner/public'
    const shown = await sendJson(url, { path, value: {}, headers: { 'x-api-key': owner } })
    const link = textIn(shown, 'public_token')
    const { engine, owner: login } = engineKeys
    return new MatrixTargets(stage, {
      anonymous: undefined,
      owner,
      other,
      admin,
      link,
      engine,
      login,
    })
  }

  keyOf(callerClass: MatrixClass): string | undefined {
    return this.#keys[callerClass]
  }

  /** Something new for this caller to call about. */
  async make(kind: TargetKind, callerClass: MatrixClass): Promise<Target> {
    this.#count += 1
    const marker = `beacon${this.#count}word`
    const maker = callerClass === 'engine' ? 'engine' : 'owner'
    switch (kind) {
      case 'none':
        return { params: { request_id: `log-${this.#count}` }, marker, views: [] }
      case 'label':
        return { params: {}, marker: engineKeys[maker].slice(0, 8), views: [] }
      case 'private':
      case 'public':
        return this.#log(marker, maker, kind === 'public')
      case 'set':
      case 'shared set':
        return this.#set(marker, maker, kind === 'shared set')
      case 'theft':
        return this.#theft(marker, maker)
      case 'run':
        return this.#run(marker)
      case 'key':
        return this.#key(marker)
    }
  }

  async #log(marker: string, maker: Maker, isPublic = false): Promise<Target> {
    const request_id = `log-${this.#count}`
    const at = `/logs/${request_id}`
    const request = { request_id, user_api_key: engineKeys[maker], final_text: marker }
    await postLog(this.#stage.app.url, request)
    await this.#as(maker, `${at}/favorite`, { name: marker })
    await this.#as(maker, `${at}/tags`, { tag: marker })
    const said = await this.#as(maker, `${at}/discussions`, { username: 'x', comment: marker })
    const { discussion } = JSON.parse(said.text) as { readonly discussion: { readonly id: number } }
    const shared = isPublic ? await this.#as(maker, `${at}/public`, {}) : undefined
    const public_token = shared === undefined ? 'none' : textIn(shared, 'public_token')
    const params = { request_id, discussion_id: String(discussion.id), public_token }
    const views = [at, `${at}/discussions`, `${at}/collections`]
    return { params: { ...params, owner: engineKeys[maker] }, marker, views }
  }

  /** A collection that holds a private log. */
  async #set(marker: string, maker: Maker, isShared: boolean): Promise<Target> {
    const log = await this.#log(marker, maker)
    const id = await this.#collect(marker, maker)
    const at = `/collections/${id}`
    await this.#as(maker, `${at}/requests`, { request_id: log.params['request_id'] })
    const shared = isShared ? await this.#as(maker, `${at}/public`, {}) : undefined
    const token = shared === undefined ? 'none' : textIn(shared, 'public_token')
    const tokens = { collection_token: token, public_token: token }
    const params = { ...log.params, collection_id: String(id), ...tokens }
    return { params, marker, views: [...log.views, at] }
  }

  async #theft(marker: string, maker: Maker): Promise<Target> {
    const log = await this.#log(marker, maker)
    const id = await this.#collect('stolen', 'other')
    const params = { ...log.params, collection_id: String(id) }
    return { params, marker, views: [...log.views, `/collections/${id}`] }
  }

  async #collect(name: string, maker: Maker): Promise<number> {
    const { text } = await this.#as(maker, '/collections', { name })
    const { collection } = JSON.parse(text) as { readonly collection: { readonly id: number } }
    return collection.id
  }

  /** The owner's, since the key of an engine starts none. */
  async #run(marker: string): Promise<Target> {
    const request_id = `run-${this.#count}`
    const feature_timeline = [
      { position: 0, token: 1, token_str: marker, top_features: [{ id: 10, activation: 3.5 }] },
    ]
    this.#stage.fakes.hf.next({ json: { output_text: marker, feature_timeline } })
    await this.#as('owner', `${explorer}/run`, { prompt: marker, request_id })
    const views = ['summary', 'rows'].map((page) => `${explorer}/${request_id}/${page}`)
    return { params: { request_id }, marker: request_id, views }
  }

  async #key(marker: string): Promise<Target> {
    await this.#as('admin', '/auth/keys', { name: marker })
    const headers = { 'x-api-key': this.#keys.admin ?? '' }
    const { text } = await send(this.#stage.app.url, { path: '/auth/keys', headers })
    const { keys } = JSON.parse(text) as { readonly keys: readonly { id: number; name: string }[] }
    const id = keys.find(({ name }) => name === marker)?.id
    return { params: { key_id: String(id) }, marker, views: [] }
  }

  async #as(callerClass: MatrixClass, path: string, value: unknown): Promise<Received> {
    const headers = { 'x-api-key': this.#keys[callerClass] ?? '' }
    const reply = await sendJson(this.#stage.app.url, { path, value, headers })
    if (reply.status >= 300) throw new Error(`${path} was answered ${reply.status} ${reply.text}`)
    return reply
  }
}

/** A member of a JSON reply that is a text. */
export function textIn({ status, text }: Received, name: string): string {
  const value: unknown = status === 200 ? Reflect.get(JSON.parse(text) as object, name) : undefined
  if (typeof value !== 'string') throw new Error(`no ${name} in ${status} ${text}`)
  return value
}
