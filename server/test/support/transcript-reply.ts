import type { RouteSpec } from '@pharos/contract/route.ts'
import { expect } from 'vitest'
import { z } from 'zod'
import { toPattern } from '../../src/platform/http/path-template.ts'
import type { Received } from './http-request.ts'
import { normalise, type Bindings } from './match-reply.ts'
import type { Exchange } from './transcript.ts'

/** What is peculiar to the replies of one surface. */
export interface ReplyForms {
  readonly routes: Readonly<Record<string, RouteSpec>>
  /** The paths of a route; default those of its template. */
  readonly patternOf?: (route: RouteSpec) => RegExp
  /** What every reply carries, unless a transcript says otherwise; `-` for what none does. */
  readonly headers?: Readonly<Record<string, string>>
  readonly stream?: StreamForm
}

/** A reply of many values, which a transcript writes one a line. */
export interface StreamForm {
  readonly contentType: string
  /** What every stream carries beside its type. */
  readonly headers?: Readonly<Record<string, string>>
  /** The values in a text, as JSON; also the mark of the end, where there is one. */
  readonly read: (text: string) => readonly string[]
  /** What may stand in a stream beside what the contract gives as the route's reply. */
  readonly also: z.ZodType
}

const usualHeaders = { 'content-type': 'application/json', vary: 'Origin' }

interface Answered {
  readonly exchange: Exchange
  readonly received: Received
  readonly bindings: Bindings
}

/** A reply is as the transcript has it, and of a shape that the contract allows. */
export function expectReply(forms: ReplyForms, { exchange, received, bindings }: Answered): void {
  const { method, path, body, reply } = exchange
  const { text } = received
  const asked = `${method} ${path} ${body ?? ''}`
  expect(`${received.status} to ${asked}`, text).toBe(`${reply.status} to ${asked}`)
  expectHeaders(forms, { exchange, received, bindings })
  for (const part of reply.holds) expect(text).toContain(part)
  const stream = streamOf(forms, received)
  if (text === '') {
    expect(reply.body).toBeUndefined()
    return
  }
  if (stream === undefined && received.headers['content-type'] !== 'application/json') {
    if (reply.body !== undefined) expect(legible(text)).toBe(reply.body)
    return
  }
  const values = (stream?.read(text) ?? [text]).map(toValue)
  if (reply.body !== undefined) {
    // In a stream a line that begins with a blank goes on with the one before it.
    const lines = stream ? reply.body.replaceAll('\n ', ' ').split('\n') : [reply.body]
    const expected = lines.map(toValue)
    const normal = values.map((value, at) => normalise(value, expected[at], bindings))
    expect(normal, asked).toEqual(expected)
  }
  for (const value of values) expectShape(forms, exchange, { value, stream })
}

/** The route that answers a path: the one with the fewest parameters. An encoded slash is one. */
export function routeOf(
  { routes, patternOf = ({ path }) => toPattern(path) }: ReplyForms,
  { method, path }: Pick<Exchange, 'method' | 'path'>,
): RouteSpec | undefined {
  const bare = path.replace(/\?.*/, '').replaceAll('%2F', '/')
  const parametersOf = (route: RouteSpec): number => route.path.split('{').length
  return Object.values(routes)
    .filter((route) => route.method === method && patternOf(route).test(bare))
    .toSorted((one, other) => parametersOf(one) - parametersOf(other))[0]
}

function streamOf({ stream }: ReplyForms, { headers }: Received): StreamForm | undefined {
  return headers['content-type'] === stream?.contentType ? stream : undefined
}

const endMark = '[DONE]'
/** Statuses whose replies have neither body nor length. */
const bodiless: ReadonlySet<number> = new Set([204, 304])

function toValue(text: string): unknown {
  return text === endMark ? endMark : JSON.parse(text)
}

/** Line ends that a reader of a transcript can see. */
function legible(text: string): string {
  return text.replaceAll('\r\n', '\\r\n').replace(/\n$/, '')
}

function expectHeaders(forms: ReplyForms, { exchange, received, bindings }: Answered): void {
  const { method, reply } = exchange
  const { headers, text } = received
  const stream = streamOf(forms, received)
  const streaming = stream && { ...stream.headers, 'content-type': stream.contentType }
  const expected = { ...usualHeaders, ...forms.headers, ...streaming, ...reply.headers }
  for (const [name, value] of Object.entries(expected)) {
    if (value === '-') {
      // Of a reply without a body it does not matter what its type is.
      if (name !== 'content-type') expect(headers[name], name).toBeUndefined()
    } else expect(normalise(headers[name], value, bindings), name).toBe(value)
  }
  expect(headers['x-request-id']).toMatch(/^[\w.:-]+$/)
  expect(headers['request-id']).toBe(headers['x-request-id'])
  const isText = !stream && headers['content-type'] !== 'image/png' && !bodiless.has(reply.status)
  const length = String(Buffer.byteLength(text))
  // What is made while it is sent has no length, and its transcript says that it comes so.
  const isWhole = reply.headers['transfer-encoding'] === undefined
  if (isText && isWhole && method !== 'HEAD') expect(headers['content-length']).toBe(length)
}

/** What the server says is also what the published contract says it may say. */
function expectShape(
  forms: ReplyForms,
  exchange: Exchange,
  { value, stream }: { readonly value: unknown; readonly stream: StreamForm | undefined },
): void {
  const { method, path, reply } = exchange
  const route = routeOf(forms, exchange)
  if (route === undefined || value === endMark) return
  const spec = route.reply[reply.status]
  // A transcript that does not care for the body may be about what is no request of the route.
  const isFree = reply.body === undefined
  expect(isFree || spec, `${method} ${route.path} may not answer ${reply.status}`).toBeTruthy()
  if (spec === undefined || (!('json' in spec) && !(spec instanceof z.ZodType))) return
  const whole = spec instanceof z.ZodType ? spec : spec.json
  const schema = stream ? z.union([whole, stream.also]) : whole
  expect(schema.safeParse(value).error, `${reply.status} of ${method} ${path}`).toBeUndefined()
}
