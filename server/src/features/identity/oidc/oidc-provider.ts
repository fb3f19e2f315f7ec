import { setTimeout as sleep } from 'node:timers/promises'
import {
  authorizationCodeGrant,
  buildAuthorizationUrl,
  buildEndSessionUrl,
  calculatePKCECodeChallenge,
  ClientSecretBasic,
  ClientSecretPost,
  ClientError,
  customFetch,
  discovery,
  fetchUserInfo,
  None,
  refreshTokenGrant,
  type ClientAuth,
  type Configuration,
  type CustomFetch,
  type TokenEndpointResponse,
  type TokenEndpointResponseHelpers,
} from 'openid-client'
import type { JsonObject } from '../../../platform/json.ts'
import { accessTokenClaims, type Claims } from './claims.ts'
import { isGivenUp, isPassing, isRefusal, toIssuerError } from './issuer-fault.ts'
import type { LoginAttempt } from './login-attempt.ts'
import type { OidcSettings } from './oidc-settings.ts'
import type { GivenTokens, OidcTokens } from './oidc-tokens.ts'
import { transportOf } from './plain-loopback.ts'

type TokenReply = TokenEndpointResponse & TokenEndpointResponseHelpers

/** Somebody for whom the issuer vouches. */
export interface Vouched {
  readonly issuer: string
  readonly tokens: GivenTokens
  readonly claims: Claims
}

type Renewable = Pick<OidcTokens, 'issuer' | 'refreshToken' | 'subject'>

/** Why there are no new tokens: the issuer took the old ones for over, or never gave them. */
export type NotRenewed = 'refused' | 'other-issuer' | 'no-refresh-token'

const timeoutSeconds = 5

/** Waits between attempts. Source: bodhi contract §3.7. */
const usualWaitsMs: readonly number[] = [100, 500, 2000]

/**
 * The issuer of logins as this server uses it. It is asked for its addresses at the first need, so
 * that the server starts without it, and again after it could not be reached. Only reading and
 * renewing are tried again: a code counts once, and nobody knows whether a lost exchange used it.
 */
export class OidcProvider implements Disposable {
  readonly settings: OidcSettings
  readonly #waitsMs: readonly number[]
  readonly #closing = new AbortController()
  #found: Promise<Configuration> | undefined

  constructor(settings: OidcSettings, waitsMs: readonly number[] = usualWaitsMs) {
    this.settings = settings
    this.#waitsMs = waitsMs
  }

  /** Where a browser goes to log in. The order of its parameters is the contract's (§3.3). */
  async authorizationUrl(attempt: LoginAttempt): Promise<string> {
    return this.#asking(async (configuration) => {
      const scope = scopeFor(this.settings.scope, configuration)
      const url = buildAuthorizationUrl(configuration, {
        response_type: 'code',
        client_id: this.settings.clientId,
        redirect_uri: attempt.redirectUri,
        state: attempt.state,
        code_challenge: await calculatePKCECodeChallenge(attempt.verifier),
        code_challenge_method: 'S256',
        scope,
        nonce: attempt.nonce,
        // Without it an issuer gives no refresh token for this scope (OpenID Connect Core §11).
        ...(scope.split(' ').includes('offline_access') && { prompt: 'consent' }),
      })
      return url.href.replaceAll('+', '%20')
    })
  }

  /**
   * Turns a code into tokens and claims. `answer` is what the issuer added to the redirect URI; its
   * state was compared before.
   * @throws DomainError `upstream` when the issuer refuses, `unavailable` when it is not there.
   */
  async exchange(attempt: LoginAttempt, answer: URLSearchParams): Promise<Vouched> {
    return this.#asking(async (configuration) => {
      const url = new URL(attempt.redirectUri)
      url.search = answer.toString()
      const reply = await authorizationCodeGrant(configuration, url, {
        expectedState: attempt.state,
        expectedNonce: attempt.nonce,
        pkceCodeVerifier: attempt.verifier,
        idTokenExpected: true,
      })
      const { issuer } = configuration.serverMetadata()
      const claims = await this.#claimsOf(configuration, reply)
      return { issuer, tokens: tokensOf(reply), claims }
    })
  }

  /**
   * New tokens for the refresh token of a login. It is shown to nobody but the issuer that gave it,
   * and no attempt begins once `within` has aborted; one under way has its five seconds still.
   * @throws DomainError for trouble that says nothing about the login.
   */
  async refresh(
    { issuer, refreshToken, subject }: Renewable,
    within?: AbortSignal,
  ): Promise<GivenTokens | NotRenewed> {
    return this.#asking(async (configuration) => {
      if (!isNamed(configuration, issuer)) return 'other-issuer'
      if (refreshToken === null) return 'no-refresh-token'
      try {
        const reply = await this.#insisting(
          () => refreshTokenGrant(configuration, refreshToken),
          within,
        )
        const told = reply.claims()
        return told === undefined || told.sub === subject ? tokensOf(reply) : 'refused'
      } catch (error) {
        if (isRefusal(error)) return 'refused'
        throw error
      }
    }, within)
  }

  /**
   * Where a browser ends its login at the issuer itself; undefined where it has no such place, or
   * did not give the tokens. @throws DomainError also when `within` aborts before that is known.
   */
  async endSessionUrl(
    { issuer, idToken }: Pick<OidcTokens, 'issuer' | 'idToken'>,
    returnTo: string,
    within?: AbortSignal,
  ): Promise<string | undefined> {
    return this.#asking(async (configuration) => {
      const { end_session_endpoint: place } = configuration.serverMetadata()
      if (place === undefined || !isNamed(configuration, issuer)) return undefined
      return buildEndSessionUrl(configuration, {
        ...(idToken !== null && { id_token_hint: idToken }),
        post_logout_redirect_uri: returnTo,
      }).href
    }, within)
  }

  /** Ends all that still waits for the issuer. */
  [Symbol.dispose](): void {
    this.#closing.abort()
  }

  async #asking<T>(
    ask: (configuration: Configuration) => Promise<T>,
    within?: AbortSignal,
  ): Promise<T> {
    try {
      const configuration = await untilAborted(this.#configuration(), within)
      return await ask(configuration)
    } catch (error) {
      // Who gives up waiting leaves what is under way to the others.
      if (isPassing(error) && !isGivenUp(error)) this.#found = undefined
      throw toIssuerError(error)
    }
  }

  async #insisting<T>(ask: () => Promise<T>, within?: AbortSignal): Promise<T> {
    const bounds = within === undefined ? [] : [within]
    const signal = AbortSignal.any([this.#closing.signal, ...bounds])
    signal.throwIfAborted()
    for (const waitMs of this.#waitsMs) {
      try {
        return await ask()
      } catch (error) {
        if (!isPassing(error)) throw error
      }
      await sleep(waitMs, undefined, { signal })
    }
    return ask()
  }

  /** One question at a time for all who need the answer; a failure is forgotten. */
  #configuration(): Promise<Configuration> {
    this.#found ??= this.#insisting(() => this.#discover()).catch((error: unknown) => {
      this.#found = undefined
      throw error
    })
    return this.#found
  }

  async #discover(): Promise<Configuration> {
    const { issuer } = this.settings
    try {
      return await this.#discoverAt(issuer)
    } catch (error) {
      // Issuers are compared letter by letter, and some write themselves with a slash at the end.
      if (issuerIn(error) !== `${issuer}/`) throw error
      return this.#discoverAt(`${issuer}/`)
    }
  }

  #discoverAt(issuer: string): Promise<Configuration> {
    const { clientId, clientSecret } = this.settings
    const url = new URL(issuer)
    return discovery(url, clientId, {}, authBy(clientSecret), {
      [customFetch]: this.#fetch,
      timeout: timeoutSeconds,
      execute: transportOf(url),
    })
  }

  readonly #fetch: CustomFetch = (url, { signal: given, body, headers, method }) => {
    const signals = [this.#closing.signal, ...(given === undefined ? [] : [given])]
    const signal = AbortSignal.any(signals)
    const sent = { method, headers, body: body ?? null, redirect: 'manual', signal } as const
    return fetch(url, sent)
  }

  /** The ID token need not hold the e-mail address; then the issuer is asked for it. */
  async #claimsOf(configuration: Configuration, reply: TokenReply): Promise<Claims> {
    const idToken: JsonObject = { ...reply.claims() }
    const subject = String(idToken['sub'])
    const { issuer, userinfo_endpoint: place } = configuration.serverMetadata()
    const asks = idToken['email'] === undefined && place !== undefined
    const userInfo: JsonObject = asks
      ? {
          ...(await this.#insisting(() =>
            fetchUserInfo(configuration, reply.access_token, subject),
          )),
        }
      : {}
    return {
      subject,
      idToken,
      userInfo,
      accessToken: accessTokenClaims(reply.access_token, { issuer, subject }),
    }
  }
}

/** The work goes on for whoever else waits for it. */
async function untilAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  if (signal === undefined) return work
  const { promise: over, reject } = Promise.withResolvers<never>()
  const stop = (): void => reject(signal.reason)
  if (signal.aborted) stop()
  signal.addEventListener('abort', stop, { once: true })
  return Promise.race([work, over]).finally(() => signal.removeEventListener('abort', stop))
}

/**
 * Whether an issuer is the one that was found. Its own name counts: it may be found under another,
 * as those are that serve many tenants. A slash at the end makes no other issuer.
 */
function isNamed(configuration: Configuration, issuer: string): boolean {
  const [own, asked] = [configuration.serverMetadata().issuer, issuer].map((name) =>
    name.replace(/\/$/u, ''),
  )
  return own === asked
}

/** In the form, as the contract has it, unless the issuer takes the secret in the header only. */
function authBy(clientSecret: string | undefined): ClientAuth {
  if (clientSecret === undefined) return None()
  const inForm = ClientSecretPost(clientSecret)
  const inHeader = ClientSecretBasic(clientSecret)
  return (server, ...rest) => {
    const taken = server.token_endpoint_auth_methods_supported ?? ['client_secret_post']
    const takesForm = taken.includes('client_secret_post') || !taken.includes('client_secret_basic')
    return (takesForm ? inForm : inHeader)(server, ...rest)
  }
}

/** Some issuers refuse a scope that they do not know; those that list theirs are not asked for it. */
function scopeFor(wanted: string, configuration: Configuration): string {
  const known = configuration.serverMetadata().scopes_supported
  const words = new Set(['openid', ...wanted.split(' ').filter((word) => word !== '')])
  return [...words].filter((word) => known === undefined || known.includes(word)).join(' ')
}

function tokensOf(reply: TokenReply): GivenTokens {
  return {
    accessToken: reply.access_token,
    expiresInSeconds: reply.expires_in,
    refreshToken: reply.refresh_token,
    idToken: reply.id_token,
  }
}

/** The name that the issuer gives itself, where it is not the one that was expected. */
function issuerIn(error: unknown): string | undefined {
  if (!(error instanceof ClientError)) return undefined
  const { cause } = error
  if (typeof cause !== 'object' || cause === null || !('body' in cause)) return undefined
  const { body } = cause
  if (typeof body !== 'object' || body === null || !('issuer' in body)) return undefined
  return typeof body.issuer === 'string' ? body.issuer : undefined
}
