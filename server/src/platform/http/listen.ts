import { createServer, type AddressInfo, type Server } from 'node:net'
import { DomainError } from '../domain-error.ts'
import type { Http } from './mounted-route.ts'

export interface ListenOptions {
  /** `localhost` means 127.0.0.1 and, where the machine has it, ::1. */
  readonly hosts: readonly string[]
  /** 0 takes a port that is free on all hosts. */
  readonly port: number
  /** How long requests under way may still take when closing. */
  readonly drainMs?: number
}

interface ListenAddress {
  readonly host: string
  readonly port: number
  readonly url: string
}

export interface Listening extends AsyncDisposable {
  readonly addresses: readonly ListenAddress[]
  /**
   * Stops accepting, lets requests under way finish, closes idle connections and sockets; what
   * is left after the drain time is cut. Resolves when everything is closed.
   */
  close(): Promise<void>
}

interface Binding {
  readonly host: string
  readonly isOptional: boolean
}

function bindingsFor(hosts: readonly string[]): Binding[] {
  const all = hosts.flatMap((host) =>
    host === 'localhost'
      ? [
          { host: '127.0.0.1', isOptional: false },
          { host: '::1', isOptional: true },
        ]
      : [{ host, isOptional: false }],
  )
  return all.filter(({ host }, index) => all.findIndex((other) => other.host === host) === index)
}

const missingFamily = new Set(['EADDRNOTAVAIL', 'EAFNOSUPPORT', 'EINVAL'])

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : 'unknown'
}

function cannotListen(host: string, port: number, cause: unknown): DomainError {
  const code = codeOf(cause)
  const reasons: Record<string, string> = {
    EADDRINUSE: `port ${port} is already in use on ${host}`,
    EACCES: `port ${port} on ${host} is not permitted`,
    EADDRNOTAVAIL: `${host} is not an address of this machine`,
    ENOTFOUND: `${host} is not a known host`,
  }
  return new DomainError('unavailable', reasons[code] ?? `cannot listen on ${host}: ${code}`, {
    cause,
  })
}

async function bind(server: Server, host: string, port: number): Promise<AddressInfo> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen({ host, port, ipv6Only: host.includes(':') && host !== '::' }, () => resolve())
  try {
    await promise
  } finally {
    server.off('error', reject)
  }
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not bound to a port')
  return address
}

function closed(server: Server): Promise<void> {
  if (!server.listening) return Promise.resolve()
  const { promise, resolve } = Promise.withResolvers<void>()
  server.close(() => resolve())
  return promise
}

/**
 * NOTE: one HTTP server owns all connections, so that its time limits and its closing reach
 * them. It listens on the first host; further hosts only accept and hand over.
 */
function serverFor(http: Http, index: number): Server {
  if (index === 0) return http.fastify.server
  const server = createServer({ allowHalfOpen: true, noDelay: true })
  server.on('connection', (socket) => http.fastify.server.emit('connection', socket))
  return server
}

interface Bound {
  readonly server: Server
  readonly address: ListenAddress
}

async function bindAll(http: Http, bindings: readonly Binding[], port: number): Promise<Bound[]> {
  const bound: Bound[] = []
  for (const [index, { host, isOptional }] of bindings.entries()) {
    const server = serverFor(http, index)
    const wanted = bound[0]?.address.port ?? port
    try {
      const address = await bind(server, host, wanted)
      const name = host.includes(':') ? `[${host}]` : host
      const url = `http://${name}:${address.port}`
      bound.push({ server, address: { host, port: address.port, url } })
    } catch (error) {
      if (isOptional && missingFamily.has(codeOf(error))) continue
      await Promise.all(bound.map((other) => closed(other.server)))
      throw cannotListen(host, wanted, error)
    }
  }
  return bound
}

const freePortTries = 20

/** With port 0 the first host picks; if another host has that port taken, it picks again. */
async function bindSomewhere(http: Http, bindings: Binding[], port: number): Promise<Bound[]> {
  for (let left = port === 0 ? freePortTries : 1; ; left -= 1) {
    try {
      return await bindAll(http, bindings, port)
    } catch (error) {
      const cause = error instanceof DomainError ? error.cause : undefined
      if (left <= 1 || codeOf(cause) !== 'EADDRINUSE') throw error
    }
  }
}

const sweepMs = 50
const defaultDrainMs = 10_000

async function closeAll(http: Http, bound: readonly Bound[], drainMs: number): Promise<void> {
  const { fastify } = http
  const sweep = setInterval(() => fastify.server.closeIdleConnections(), sweepMs)
  const cut = setTimeout(() => {
    fastify.server.closeAllConnections()
    for (const client of fastify.websocketServer.clients) client.terminate()
  }, drainMs)
  try {
    await Promise.all([...bound.map(({ server }) => closed(server)), fastify.close()])
  } finally {
    clearInterval(sweep)
    clearTimeout(cut)
  }
}

/**
 * Opens the server on several hosts with one port. Throws DomainError `unavailable` with one
 * line to print when a port is taken or a host is not ours.
 */
export async function listen(http: Http, options: ListenOptions): Promise<Listening> {
  await http.fastify.ready()
  const bound = await bindSomewhere(http, bindingsFor(options.hosts), options.port)
  let closing: Promise<void> | undefined
  const close = (): Promise<void> => {
    closing ??= closeAll(http, bound, options.drainMs ?? defaultDrainMs)
    return closing
  }
  return { addresses: bound.map(({ address }) => address), close, [Symbol.asyncDispose]: close }
}
