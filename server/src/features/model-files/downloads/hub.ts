import { readFile } from 'node:fs/promises'
import { Agent, request } from 'undici'
import { faultReason } from '../../../platform/upstream/connection-fault.ts'
import { isWorthRetrying } from '../../../platform/upstream/retry-plan.ts'
import { hubNonsense, hubUnaskable } from './hub-error.ts'
import { redirectTarget } from './hub-redirects.ts'
import { busyHub, HubTrouble } from './patience.ts'

export const publicHubUrl = 'https://huggingface.co'

/** Where models come from, as the operator set it. */
export interface HubOptions {
  /** `HF_ENDPOINT`; the public hub if not given. */
  readonly endpoint?: string | undefined
  /** `HF_TOKEN`. */
  readonly token?: string | undefined
  /** A file that holds the token, read at each question; missing is none. */
  readonly tokenPath?: string | undefined
  /** The longest wait for a reply's head, and between two pieces of its body. */
  readonly silenceMs?: number
}

export interface HubQuestion {
  readonly method: 'GET' | 'HEAD'
  /** After the endpoint, from its slash on. */
  readonly path: string
  readonly repo: string
  readonly headers?: Headers
  readonly signal: AbortSignal
  /** Whether the heads so far say enough, so that a redirect needs not be followed. */
  readonly isEnough?: (heads: readonly Headers[]) => boolean
}

type Headers = Readonly<Record<string, string>>
type Reply = Awaited<ReturnType<typeof request>>

/** An answer whose head has arrived. Its body must be read to the end or dropped. */
export interface HubReply {
  readonly status: number
  /** Of each answer on the way, the hub's own first. */
  readonly heads: readonly Headers[]
  /** Of the last. */
  readonly headers: Headers
  /** Whether the hub itself answered, and not a storage that it led to. */
  readonly isOwn: boolean
  readonly hasToken: boolean
  readonly body: Reply['body']
}

const mostRedirects = 10
const connectMs = 10_000

/**
 * HTTP towards a hub. The token goes to the hub's own origin and to no other; a redirect is followed
 * only where `redirectTarget` lets it. Nothing that it throws quotes a token or a signed address.
 */
export class Hub implements AsyncDisposable {
  readonly #base: URL
  readonly #options: HubOptions
  readonly #agent: Agent

  /** Throws DomainError when the endpoint is no address. */
  constructor(options: HubOptions) {
    this.#options = options
    this.#base = baseOf(options.endpoint ?? publicHubUrl)
    const silenceMs = options.silenceMs ?? 60_000
    this.#agent = new Agent({
      allowH2: false,
      connect: { timeout: connectMs },
      headersTimeout: silenceMs,
      bodyTimeout: silenceMs,
    })
  }

  /** The endpoint without a slash at its end. */
  get url(): string {
    return this.#base.href.replace(/\/$/u, '')
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#agent.destroy()
  }

  /** Throws HubTrouble where another attempt may have more luck, else DomainError. */
  async ask(question: HubQuestion): Promise<HubReply> {
    const token = await this.#token()
    const heads: Headers[] = []
    let url = new URL(`${this.url}${question.path}`)
    for (let hops = 0; hops <= mostRedirects; hops += 1) {
      const isOwn = url.origin === this.#base.origin
      const {
        statusCode: status,
        headers: raw,
        body,
      } = await this.#send(url, question, isOwn ? token : null)
      const headers = plainHeaders(raw)
      heads.push(headers)
      const isFinal = !isRedirect(status, headers) || question.isEnough?.(heads) === true
      if (isFinal) return { status, heads, headers, isOwn, hasToken: token !== null, body }
      await body.dump()
      const target = redirectTarget(url, headers['location'])
      if (!target) throw hubNonsense(question.repo, `it leads to a place that is not followed`)
      url = target
    }
    throw hubNonsense(question.repo, `it was redirected more than ${mostRedirects} times`)
  }

  async #send(url: URL, question: HubQuestion, token: string | null): Promise<Reply> {
    const { method, headers, signal } = question
    try {
      return await request(url, {
        method,
        headers: {
          'user-agent': 'pharos',
          'accept-encoding': 'identity',
          ...headers,
          ...(token !== null && { authorization: `Bearer ${token}` }),
        },
        dispatcher: this.#agent,
        signal,
      })
    } catch (error) {
      throw new HubTrouble(faultReason(error))
    }
  }

  async #token(): Promise<string | null> {
    const { token: given, tokenPath } = this.#options
    const token = given ?? (tokenPath === undefined ? '' : await readOr(tokenPath, '')).trim()
    if (token === '') return null
    if (/^[\x21-\x7e]+$/u.test(token)) return token
    throw hubUnaskable('The token for the hub holds characters that no token has')
  }
}

/** Throws HubTrouble for a status that may change by itself; the body of such a reply is dropped. */
export async function refuseBusy(reply: HubReply): Promise<void> {
  if (!isWorthRetrying(reply)) return
  await reply.body.dump()
  throw busyHub(reply.status, reply.headers)
}

/** The body as it comes. Throws HubTrouble when it breaks off. */
export async function* bytesOf(reply: HubReply): AsyncGenerator<Uint8Array> {
  const chunks: AsyncIterable<Uint8Array> = reply.body
  try {
    yield* chunks
  } catch (error) {
    throw new HubTrouble(faultReason(error))
  }
}

function baseOf(endpoint: string): URL {
  const base = URL.parse(endpoint)
  const isUsable =
    base && /^https?:$/u.test(base.protocol) && base.search === '' && base.hash === ''
  if (isUsable) return base
  throw hubUnaskable('The address of the hub (HF_ENDPOINT) is not one of http or https')
}

function isRedirect(status: number, headers: Headers): boolean {
  return [301, 302, 303, 307, 308].includes(status) && headers['location'] !== undefined
}

function plainHeaders(headers: Reply['headers']): Headers {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

async function readOr(path: string, other: string): Promise<string> {
  return readFile(path, 'utf8').catch(() => other)
}
