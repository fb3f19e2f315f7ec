import { send, type Received } from './http-request.ts'

/** Keeps cookies for each origin and follows redirects, as far as a test lets it. */
export class OidcBrowser {
  readonly #cookies = new Map<string, Map<string, string>>()

  /** One request, with the cookies of its origin. */
  async get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Received> {
    const { origin, pathname, search } = new URL(url)
    const cookie = this.cookieHeader(origin)
    const reply = await send(origin, {
      path: `${pathname}${search}`,
      headers: { ...(cookie !== '' && { cookie }), ...headers },
    })
    this.keep(origin, reply)
    return reply
  }

  /** Goes on from a place until one begins with `until`, and gives that without asking for it. */
  async follow(from: string, until: string): Promise<string> {
    let place = from
    for (let hop = 0; hop < 10; hop += 1) {
      if (place.startsWith(until)) return place
      const { headers, status, text } = await this.get(place)
      if (headers.location === undefined) throw new Error(`${place} ends with ${status}: ${text}`)
      place = new URL(headers.location, place).href
    }
    throw new Error(`${place} leads nowhere`)
  }

  keep(origin: string, { headers }: Pick<Received, 'headers'>): void {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>()
    this.#cookies.set(origin, jar)
    for (const line of headers['set-cookie'] ?? []) {
      const [pair = ''] = line.split(';')
      const at = pair.indexOf('=')
      jar.set(pair.slice(0, at), pair.slice(at + 1))
    }
  }

  cookieOf(origin: string, name: string): string | undefined {
    return this.#cookies.get(origin)?.get(name)
  }

  setCookie(origin: string, name: string, value: string): void {
    this.keep(origin, { headers: { 'set-cookie': [`${name}=${value}`] } })
  }

  cookieHeader(origin: string): string {
    const jar = this.#cookies.get(origin) ?? new Map<string, string>()
    return [...jar].map(([name, value]) => `${name}=${value}`).join('; ')
  }
}
