import { generateKeyPairSync } from 'node:crypto'
import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import Provider, { type Configuration, type KoaContextWithOIDC } from 'oidc-provider'
import { OidcMemory } from './oidc-memory.ts'

export const oidcClient = { id: 'pharos', secret: 'a secret of the client' } as const

/** Somebody whom the issuer knows. */
export interface OidcPerson {
  readonly email?: string
  readonly emailVerified?: boolean
  readonly name?: string
  /** At the client of the tests. */
  readonly roles?: readonly string[]
}

export interface OidcServerOptions {
  /** Where logins of the client may end. */
  readonly redirectUris: readonly string[]
  readonly accessTokenSeconds?: number
  readonly hasRefreshTokens?: boolean
}

/**
 * An issuer on a loopback port of its own. Whoever comes to log in is `subject`, or is turned away
 * while nobody is named. It can be away for a while, with all that it knows.
 */
export class OidcServer implements AsyncDisposable {
  readonly people = new Map<string, OidcPerson>()
  /** Who logs in next; undefined denies. */
  subject: string | undefined
  /** Questions to the token endpoint so far. */
  tokenRequests = 0
  /** What the token endpoint says to everybody, for as long as it is set. */
  fault: string | undefined
  readonly #memory = new OidcMemory()
  #server: Server | undefined
  #port = 0
  #answer: ((request: IncomingMessage, response: ServerResponse) => Promise<void>) | undefined

  /** Takes a port; the issuer begins to answer with `serve`. */
  static async start(): Promise<OidcServer> {
    const server = new OidcServer()
    await server.comeBack()
    return server
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}`
  }

  /** Answers as an issuer from now on. */
  serve(options: OidcServerOptions): this {
    const provider = new Provider(this.url, this.#configurationOf(options))
    const handle = provider.callback()
    this.#answer = async (request, response) => {
      const isAskedForTokens = request.url?.startsWith('/token') === true
      if (isAskedForTokens) this.tokenRequests += 1
      if (isAskedForTokens && this.fault !== undefined) {
        response.writeHead(400, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ error: this.fault }))
        return
      }
      if (request.url?.startsWith('/interaction/') !== true) return handle(request, response)
      const result =
        this.subject === undefined
          ? { error: 'access_denied', error_description: 'Not you' }
          : { login: { accountId: this.subject, remember: false } }
      await provider.interactionFinished(request, response, result)
    }
    return this
  }

  /** Nobody is there: connections are refused. */
  async goAway(): Promise<void> {
    const server = this.#server
    if (server === undefined) return
    this.#server = undefined
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  }

  /** Is there again, at the same address. */
  async comeBack(): Promise<void> {
    const server = createServer((request, response) => {
      if (this.#answer !== undefined) void this.#answer(request, response)
      else response.writeHead(503).end()
    })
    server.listen(this.#port, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    if (typeof address !== 'object' || !address) throw new Error('the server has no port')
    this.#port = address.port
    this.#server = server
  }

  /** Uses a refresh token behind the back of its owner; gives the status of the reply. */
  async useRefreshToken(refreshToken: string): Promise<number> {
    const body = new URLSearchParams({
      grant_type: 'refresh_token',
      refresh_token: refreshToken,
      client_id: oidcClient.id,
      client_secret: oidcClient.secret,
    })
    return (await fetch(`${this.url}/token`, { method: 'POST', body })).status
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.goAway()
  }

  #configurationOf(options: OidcServerOptions): Configuration {
    const { redirectUris, accessTokenSeconds = 3600, hasRefreshTokens = true } = options
    return {
      adapter: this.#memory.adapter(),
      clients: [
        {
          client_id: oidcClient.id,
          client_secret: oidcClient.secret,
          redirect_uris: [...redirectUris],
          post_logout_redirect_uris: redirectUris.map((uri) => new URL('/ui/login', uri).href),
          grant_types: ['authorization_code', 'refresh_token'],
          token_endpoint_auth_method: 'client_secret_post',
        },
      ],
      claims: {
        openid: ['sub'],
        email: ['email', 'email_verified'],
        profile: ['name'],
        roles: ['resource_access'],
      },
      scopes: ['openid', 'email', 'profile', 'roles'],
      cookies: { keys: ['a key of the cookies'] },
      jwks: { keys: [signingKey()] },
      features: { devInteractions: { enabled: false } },
      interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
      findAccount: (_ctx, subject) => ({
        accountId: subject,
        claims: async () => ({ sub: subject, ...claimsOf(this.people.get(subject) ?? {}) }),
      }),
      loadExistingGrant: grantAll,
      issueRefreshToken: async () => hasRefreshTokens,
      rotateRefreshToken: true,
      ttl: {
        AccessToken: accessTokenSeconds,
        IdToken: 3600,
        RefreshToken: 86_400,
        Grant: 86_400,
        Interaction: 600,
        Session: 600,
      },
    }
  }
}

function claimsOf({ email, emailVerified, name, roles }: OidcPerson) {
  return {
    ...(email !== undefined && { email, email_verified: emailVerified ?? false }),
    ...(name !== undefined && { name }),
    ...(roles !== undefined && { resource_access: { [oidcClient.id]: { roles: [...roles] } } }),
  }
}

/** Nobody is asked for a consent. */
async function grantAll(ctx: KoaContextWithOIDC) {
  const { client, session, provider } = ctx.oidc
  if (client === undefined || session?.accountId === undefined) return undefined
  const grant = new provider.Grant({ clientId: client.clientId, accountId: session.accountId })
  grant.addOIDCScope('openid email profile roles')
  await grant.save()
  return grant
}

function signingKey() {
  const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), alg: 'RS256', use: 'sig', kid: 'one' }
}
