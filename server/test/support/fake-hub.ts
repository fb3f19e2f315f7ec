import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import { contentEtag, gitEtag, type BodyFault, type HubFault } from './fake-hub-content.ts'

/** One question as it arrived. */
export interface FakeHubRequest {
  readonly method: string
  /** The name it was asked by: `127.0.0.1` is the hub, `localhost` the storage behind it. */
  readonly host: string
  readonly path: string
  readonly range: string | undefined
  readonly ifRange: string | undefined
  readonly authorization: string | undefined
}

interface StoredFile {
  readonly content: Buffer
  readonly isLarge: boolean
}

interface Repo {
  readonly commits: { readonly id: string; readonly files: ReadonlyMap<string, StoredFile> }[]
}

const listPageSize = 2

/**
 * A hub on a loopback port of its own, with the routes, headers and redirects of the real one. A
 * large file is answered by a redirect to a storage that has another name. What is to go wrong is
 * said beforehand, each fault for one question.
 */
export class FakeHub implements AsyncDisposable {
  readonly requests: FakeHubRequest[] = []
  /** Where large files are sent on to; null: the hub gives them itself. */
  storage: string | null = ''
  readonly #server: Server
  readonly #repos = new Map<string, Repo>()
  readonly #tokens = new Map<string, string>()
  readonly #refusals = new Map<string, HubFault>()
  readonly #hubFaults: HubFault[] = []
  readonly #bodyFaults: BodyFault[] = []
  readonly #held = new Set<() => void>()
  readonly #waiters = new Set<() => void>()
  #port = 0

  constructor() {
    this.#server = createServer((request, response) => {
      this.#answer(request, response).catch(() => response.destroy())
    })
  }

  static async start(): Promise<FakeHub> {
    const hub = new FakeHub()
    hub.#server.listen(0, '127.0.0.1')
    await once(hub.#server, 'listening')
    const address = hub.#server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    hub.#port = address.port
    hub.storage = `http://localhost:${address.port}`
    return hub
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Adds or changes a file, which makes a new commit of `main`; gives that. */
  put(repo: string, filename: string, content: Buffer, isLarge = true): string {
    const known: Repo = this.#repos.get(repo) ?? { commits: [] }
    this.#repos.set(repo, known)
    const files = new Map(known.commits.at(-1)?.files).set(filename, { content, isLarge })
    const seed = `${repo} ${known.commits.length} ${filename}`
    const id = createHash('sha1').update(seed).digest('hex')
    known.commits.push({ id, files })
    return id
  }

  /** Gives a repository only to whoever has the token; others get 401. */
  protect(repo: string, token: string): void {
    this.#tokens.set(repo, token)
  }

  /** Answers every question for a repository so. */
  refuse(repo: string, fault: HubFault): void {
    this.#refusals.set(repo, fault)
  }

  /** The next questions to the hub itself fail. */
  failHub(...faults: readonly HubFault[]): void {
    this.#hubFaults.push(...faults)
  }

  /** The next contents go wrong, wherever they are asked for. */
  failBody(...faults: readonly BodyFault[]): void {
    this.#bodyFaults.push(...faults)
  }

  /** Lets contents that are held go on. */
  release(): void {
    for (const go of this.#held) go()
    this.#held.clear()
  }

  /** Resolves as soon as the questions so far are enough. */
  async until(isEnough: (requests: readonly FakeHubRequest[]) => boolean): Promise<void> {
    while (!isEnough(this.requests)) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve))
    }
  }

  /** Resolves when a content is being held. */
  async untilHeld(): Promise<void> {
    while (this.#held.size === 0) {
      await new Promise<void>((resolve) => this.#waiters.add(resolve))
    }
  }

  /** The questions for contents. */
  get bodies(): readonly FakeHubRequest[] {
    const isBody = ({ host, path }: FakeHubRequest): boolean =>
      path.startsWith('/store/') || (this.storage === null && host !== 'localhost')
    return this.requests.filter((request) => request.method === 'GET' && isBody(request))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections()
    this.#server.close()
    await once(this.#server, 'close')
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { method = '', url: path = '', headers } = request
    const host = (headers.host ?? '').replace(/:\d+$/u, '')
    const { range, authorization } = headers
    this.requests.push({
      method,
      host,
      path,
      range,
      ifRange: headers['if-range']?.toString(),
      authorization,
    })
    this.#wake()
    const [, store] = /^\/store\/(.+)$/u.exec(path) ?? []
    if (store !== undefined) return this.#sendStored(request, response, store)
    const fault = this.#hubFaults.shift()
    if (fault) return sendFault(response, fault)
    const [, tree = '', at = 'main', query = ''] =
      /^\/api\/models\/([^/]+\/[^/]+)\/tree\/([^/?]+)(\?.*)?$/u.exec(path) ?? []
    if (tree !== '') return this.#list(response, { repo: tree, at, query, authorization })
    const [, repo = '', revision = '', filename = ''] =
      /^\/([^/]+\/[^/]+)\/resolve\/([^/]+)\/([^/]+)$/u.exec(path) ?? []
    return this.#resolve(request, response, {
      repo,
      revision: decodeURIComponent(revision),
      filename: decodeURIComponent(filename),
    })
  }

  #refusalOf(repo: string, authorization: string | undefined): HubFault | undefined {
    const token = this.#tokens.get(repo)
    if (token !== undefined && authorization !== `Bearer ${token}`) return { status: 401 }
    return this.#refusals.get(repo)
  }

  #commitOf(repo: string, revision: string) {
    const commits = this.#repos.get(repo)?.commits ?? []
    return revision === 'main' ? commits.at(-1) : commits.find(({ id }) => id === revision)
  }

  #list(
    response: ServerResponse,
    asked: { repo: string; at: string; query: string; authorization: string | undefined },
  ): void {
    const { repo, at, query, authorization } = asked
    const commit = this.#commitOf(repo, at)
    const refusal = this.#refusalOf(repo, authorization) ?? (commit ? undefined : { status: 404 })
    if (refusal || !commit) return sendFault(response, refusal ?? { status: 404 })
    const from = Number(new URLSearchParams(query).get('cursor') ?? '0')
    const entries = [...commit.files].slice(from, from + listPageSize)
    const next = `${this.url}/api/models/${repo}/tree/${at}?cursor=${from + listPageSize}`
    const isMore = from + listPageSize < commit.files.size
    response.writeHead(200, {
      'content-type': 'application/json',
      ...(isMore && { link: `<${next}>; rel="next"` }),
    })
    response.end(
      JSON.stringify(
        entries.map(([path, { content, isLarge }]) => ({
          type: 'file',
          path,
          oid: gitEtag(content),
          size: content.length,
          ...(isLarge && { lfs: { oid: contentEtag(content), size: content.length } }),
        })),
      ),
    )
  }

  async #resolve(
    request: IncomingMessage,
    response: ServerResponse,
    wanted: { readonly repo: string; readonly revision: string; readonly filename: string },
  ): Promise<void> {
    const { repo, revision, filename } = wanted
    const commit = this.#commitOf(repo, revision)
    const file = commit?.files.get(filename)
    const refusal = this.#refusalOf(repo, request.headers.authorization)
    if (refusal) return sendFault(response, refusal)
    if (!commit || !file) {
      const word = commit ? 'EntryNotFound' : 'RepoNotFound'
      return sendFault(response, { status: 404, headers: { 'x-error-code': word } })
    }
    response.setHeader('x-repo-commit', commit.id)
    if (!file.isLarge) {
      response.setHeader('etag', `"${gitEtag(file.content)}"`)
      return this.#sendContent(request, response, file.content)
    }
    response.setHeader('x-linked-etag', `"${contentEtag(file.content)}"`)
    response.setHeader('x-linked-size', file.content.length)
    if (this.storage === null) {
      response.setHeader('etag', `"${contentEtag(file.content)}"`)
      return this.#sendContent(request, response, file.content)
    }
    const place = `${this.storage}/store/${repo}/${commit.id}/${encodeURIComponent(filename)}`
    response.writeHead(302, { location: place }).end('Found')
    return undefined
  }

  async #sendStored(
    request: IncomingMessage,
    response: ServerResponse,
    place: string,
  ): Promise<void> {
    const [user = '', name = '', commit = '', filename = ''] = place.split('/')
    const known = this.#commitOf(`${user}/${name}`, commit)
    const file = known?.files.get(decodeURIComponent(filename))
    if (!file) return sendFault(response, { status: 403 })
    // As storages do: an etag of their own.
    response.setHeader('etag', `"${gitEtag(file.content).slice(0, 32)}-3"`)
    return this.#sendContent(request, response, file.content)
  }

  async #sendContent(
    request: IncomingMessage,
    response: ServerResponse,
    whole: Buffer,
  ): Promise<void> {
    if (request.method === 'HEAD') {
      response.writeHead(200, { 'content-length': whole.length }).end()
      return
    }
    const fault = this.#bodyFaults.shift()
    if (fault?.type === 'status') return sendFault(response, fault)
    const content = fault?.type === 'content' ? fault.content : whole
    const from = fault?.type === 'ignore-range' ? 0 : rangeStart(request, response)
    if (from >= content.length && from > 0) {
      response.writeHead(416, { 'content-range': `bytes */${content.length}` }).end()
      return
    }
    const rest = content.subarray(from)
    if (fault?.type !== 'end-early') response.setHeader('content-length', rest.length)
    const last = content.length - 1
    if (from > 0) response.setHeader('content-range', `bytes ${from}-${last}/${content.length}`)
    response.writeHead(from > 0 ? 206 : 200)
    if (fault === undefined || !('afterBytes' in fault)) {
      response.end(rest)
      return
    }
    response.write(rest.subarray(0, fault.afterBytes), () => {
      if (fault.type === 'cut') response.destroy()
      else if (fault.type === 'end-early') response.end()
      else this.#hold(response, rest.subarray(fault.afterBytes))
    })
  }

  #hold(response: ServerResponse, rest: Buffer): void {
    const goOn = (): void => void response.end(rest)
    this.#held.add(goOn)
    response.once('close', () => this.#held.delete(goOn))
    this.#wake()
  }

  #wake(): void {
    for (const resolve of this.#waiters) resolve()
    this.#waiters.clear()
  }
}

/** The first byte that is asked for; 0 for all, also where the condition does not hold. */
function rangeStart(request: IncomingMessage, response: ServerResponse): number {
  const [, start = '0'] = /^bytes=(\d+)-$/u.exec(request.headers.range ?? '') ?? []
  const condition = request.headers['if-range']
  const isSame = condition === undefined || condition === response.getHeader('etag')
  return isSame ? Number(start) : 0
}

function sendFault(response: ServerResponse, { status, headers = {} }: HubFault): void {
  response.writeHead(status, headers).end('no')
}
