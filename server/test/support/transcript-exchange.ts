import { expect } from 'vitest'
import type { TestApp } from './app.ts'
import { send } from './http-request.ts'
import { normalise, type Bindings } from './match-reply.ts'
import { expectReply, type ReplyForms } from './transcript-reply.ts'
import type { Exchange } from './transcript.ts'

interface Asked {
  readonly path: string
  readonly body: unknown
}

/** Something that stands in for a provider or a service. */
interface Fake {
  readonly requests: readonly Asked[]
  next(behaviour: object): unknown
  untilAsked?(count: number): Promise<void>
}

/** Where exchanges take place. */
export interface Scene {
  readonly app: TestApp
  /** By the names that `%` and `?` give them. */
  readonly fakes: Readonly<Record<string, Fake>>
  /** The secret of a key of a kind, for `<key:kind>` in a header. */
  keyOf?(kind: string): Promise<string>
}

/** What is peculiar to the exchanges of one surface. */
export interface ExchangeForms extends ReplyForms {
  /** What a `?` shows of a request; default its path beside the members of its body. */
  readonly shown?: (request: Asked) => unknown
}

interface Playing {
  readonly forms: ExchangeForms
  /** What the transcript has bound so far; a key of each kind is made once. */
  readonly bindings: Bindings
}

/** Plays one exchange: the reply, and what the fakes were asked meanwhile, are as it is written. */
export async function playExchange(scene: Scene, written: Exchange, playing: Playing) {
  const { forms, bindings } = playing
  const seen = new Map(Object.entries(scene.fakes).map(([name, fake]) => [name, asksOf(fake)]))
  for (const { provider, json } of written.behaviours) {
    // Without a type it is a reply.
    const behaviour: unknown = JSON.parse(json)
    fakeOf(scene, provider).next({ type: 'reply', ...Object(behaviour) })
  }
  const exchange = await filled(scene, written, bindings)
  const { method, path, headers, body } = exchange
  const sent = { method, path, headers, ...(body === undefined ? {} : { body }) }
  expectReply(forms, { exchange, received: await send(scene.app.url, sent), bindings })
  await untilAsked(scene, exchange, seen)
  expectAsked(scene, exchange, { ...playing, seen })
}

function asksOf({ requests }: Fake): number {
  return requests.length
}

function fakeOf({ fakes }: Scene, name: string): Fake {
  const fake = fakes[name]
  if (!fake) throw new Error(`Nothing is called ${name}`)
  return fake
}

/** What earlier replies bound to names, and keys, in their places. */
async function filled(scene: Scene, exchange: Exchange, bindings: Bindings): Promise<Exchange> {
  const fill = (text: string): string =>
    text.replaceAll(/<\w+:([\w:+-]+)>/g, (whole, name: string) => {
      const bound = bindings.get(whole.startsWith('<key:') ? `key:${name}` : name)
      return typeof bound === 'string' || typeof bound === 'number' ? String(bound) : whole
    })
  for (const value of Object.values(exchange.headers)) {
    const kind = /<key:([\w:+-]+)>/.exec(value)?.[1]
    if (kind === undefined || bindings.has(`key:${kind}`)) continue
    bindings.set(`key:${kind}`, await scene.keyOf?.(kind))
  }
  const { path, headers, body } = exchange
  const named = Object.entries(headers).map(([name, value]) => [name, fill(value)] as const)
  return {
    ...exchange,
    path: fill(path),
    headers: Object.fromEntries(named),
    body: body === undefined ? undefined : fill(body),
  }
}

/** What goes on after its reply, as a demo agent does, asks a little later. */
async function untilAsked(scene: Scene, { asked }: Exchange, seen: ReadonlyMap<string, number>) {
  for (const [name, fake] of Object.entries(scene.fakes)) {
    const count = asked.filter(({ provider }) => provider === name).length
    if (count > 0) await fake.untilAsked?.((seen.get(name) ?? 0) + count)
  }
}

/** Every request that reached a fake is named by the transcript, or none of that exchange. */
function expectAsked(
  { fakes }: Scene,
  { asked, method, path }: Exchange,
  { forms, bindings, seen }: Playing & { readonly seen: ReadonlyMap<string, number> },
): void {
  const { shown = pathAndBody } = forms
  if (asked.length === 0) return
  for (const [name, fake] of Object.entries(fakes)) {
    const expected = asked
      .filter(({ provider }) => provider === name)
      .map(({ json }): unknown => JSON.parse(json))
    const got = fake.requests.slice(seen.get(name)).map(shown)
    const normal = got.map((value, at) => normalise(value, expected[at], bindings))
    expect(normal, `${name} during ${method} ${path}`).toEqual(expected)
  }
}

function pathAndBody({ path, body }: Asked): object {
  return { path, ...Object(body) }
}
