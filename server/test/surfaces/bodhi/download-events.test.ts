import { DownloadRequest } from '@pharos/contract/bodhi/downloads.ts'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { send, sendJson } from '../../support/http-request.ts'
import { at } from '../gateway/stage.ts'
import { BodhiStage } from './stage.ts'

const wanted = { repo: 'far/new', filename: 'new-Q8_0.gguf' }

/** The events of a download as they come. */
class Following {
  readonly #reader: ReadableStreamDefaultReader<string>
  readonly #leave: AbortController
  #rest = ''

  private constructor(reader: ReadableStreamDefaultReader<string>, leave: AbortController) {
    this.#reader = reader
    this.#leave = leave
  }

  static async begin(url: string): Promise<Following> {
    const leave = new AbortController()
    const reply = await fetch(url, { signal: leave.signal })
    expect(reply.headers.get('content-type')).toBe('text/event-stream; charset=utf-8')
    if (!reply.body) throw new Error('the reply has no body')
    return new Following(reply.body.pipeThrough(new TextDecoderStream()).getReader(), leave)
  }

  /** The next download that is like this; all if none is named. Undefined at the end. */
  async next(isIt: (download: DownloadRequest) => boolean = () => true) {
    for (;;) {
      const end = this.#rest.indexOf('\n\n')
      if (end >= 0) {
        const event = this.#rest.slice(0, end)
        this.#rest = this.#rest.slice(end + 2)
        const download = DownloadRequest.parse(JSON.parse(event.replace(/^data: /u, '')))
        if (isIt(download)) return download
        continue
      }
      const { done, value = '' } = await this.#reader.read()
      if (done) return undefined
      this.#rest += value
    }
  }

  leave(): void {
    this.#leave.abort()
  }
}

describe.each(['sqlite', 'postgres'] as const)('The events of a download [%s]', (dialect) => {
  let stage: BodhiStage
  beforeAll(async () => {
    stage = await BodhiStage.open(dialect)
  })
  afterAll(() => stage[Symbol.asyncDispose]())
  beforeEach(() => stage.clear())

  const placeOf = (id: string): string => `/bodhi/v1/modelfiles/pull/${id}`
  const follow = (id: string): Promise<Following> =>
    Following.begin(`${stage.app.url}${placeOf(id)}/events`)
  const begin = async (): Promise<string> => {
    stage.station.next({ type: 'hold', afterBytes: 100_000 })
    const path = '/bodhi/v1/modelfiles/pull'
    const { text } = await sendJson(stage.app.url, { path, value: wanted })
    await stage.station.hub.untilHeld()
    return String(at(text, 'id'))
  }

  it('tell how far it is, to its end', async () => {
    const id = await begin()
    const following = await follow(id)
    const some = await following.next(({ downloaded_bytes: bytes }) => bytes >= 100_000)
    expect(some).toMatchObject({ id, ...wanted, status: 'pending', error: null })
    expect(some?.total_bytes).toBeGreaterThan(100_000)
    expect(some?.snapshot).toMatch(/^[\da-f]{40}$/)
    const seen = await send(stage.app.url, { path: placeOf(id) })
    expect(at(seen.text, 'downloaded_bytes')).toBe(100_000)
    stage.station.hub.release()
    const whole = await following.next(({ status }) => status === 'completed')
    expect(whole?.downloaded_bytes).toBe(some?.total_bytes)
    expect(await following.next()).toBeUndefined()
  })

  it('end when it is cancelled, for everybody who follows', async () => {
    const id = await begin()
    const all = [await follow(id), await follow(id)]
    for (const one of all) expect(await one.next()).toMatchObject({ status: 'pending' })
    await send(stage.app.url, { method: 'DELETE', path: placeOf(id) })
    for (const one of all) {
      const last = await one.next(({ status }) => status !== 'pending')
      expect(last).toMatchObject({ status: 'error', error_code: 'cancelled' })
      expect(await one.next()).toBeUndefined()
    }
  })

  it('go on without whoever left', async () => {
    const id = await begin()
    const [first, second] = [await follow(id), await follow(id)]
    await first.next()
    first.leave()
    stage.station.hub.release()
    expect(await second.next(({ status }) => status === 'completed')).toMatchObject({ id })
  })

  it('have a head at once for whoever asks for no more', async () => {
    const id = await begin()
    const path = `${placeOf(id)}/events`
    const { status, headers, text } = await send(stage.app.url, { method: 'HEAD', path })
    expect({ status, text }).toEqual({ status: 200, text: '' })
    expect(headers['content-type']).toBe('text/event-stream; charset=utf-8')
    await send(stage.app.url, { method: 'DELETE', path: placeOf(id) })
  })

  it('go on where it stopped, when it is tried again', async () => {
    const id = await begin()
    await (await follow(id)).next(({ downloaded_bytes: bytes }) => bytes >= 100_000)
    await send(stage.app.url, { method: 'DELETE', path: placeOf(id) })
    const retried = await send(stage.app.url, { method: 'POST', path: `${placeOf(id)}/retry` })
    expect(at(retried.text, 'status')).toBe('pending')
    const following = await follow(id)
    expect(await following.next(({ status }) => status === 'completed')).toMatchObject({ id })
    expect(stage.station.requests.at(-1)?.body).toEqual({ range: 'bytes=100000-' })
  })
})
