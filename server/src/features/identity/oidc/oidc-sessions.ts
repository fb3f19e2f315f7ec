import { setTimeout as sleep } from 'node:timers/promises'
import { isDeepStrictEqual } from 'node:util'
import { DomainError } from '../../../platform/domain-error.ts'
import { jobCaller } from '../caller.ts'
import { endOneSession } from '../sessions/end-session.ts'
import { getSession } from '../sessions/find-session.ts'
import type { SessionCheck, SessionVerdict } from '../sessions/session-check.ts'
import { sealData } from '../sessions/session-data.ts'
import { dropRefreshLease, saveSessionData, takeRefreshLease } from '../sessions/session-store.ts'
import type { Session } from '../sessions/session.ts'
import type { Uses } from '../uses.ts'
import type { NotRenewed, OidcProvider } from './oidc-provider.ts'
import {
  hasExpired,
  readTokens,
  renewedTokens,
  tokensData,
  type OidcTokens,
  type GivenTokens,
} from './oidc-tokens.ts'

export interface OidcSessionsOptions extends Uses<'db' | 'clock' | 'ids' | 'vault'> {
  /** None once the operator has taken the issuer away: then logins end with their tokens. */
  readonly oidc: OidcProvider | undefined
  /** How long the issuer is asked, with all attempts; after that none begins. */
  readonly renewWithinMs?: number
}

/** Longer than the issuer is waited for: 20 seconds, and five for an attempt that has begun. */
const leaseSeconds = 30
const usualRenewMs = 20_000
const pollMs = 100
/** For so long after trouble with the issuer nobody asks it again to renew a login. */
const restMs = 2000
const mostHeld = 10_000

const alive: SessionVerdict = { isAlive: true }

/**
 * Keeps logins at an issuer alive: when a session whose access token has expired is used, the token
 * is renewed, by one request of one process, while the others wait for it. A refresh token that the
 * issuer refuses ends the session. Trouble with the issuer fails the request and leaves the session.
 * After it nobody waits again at once: for two seconds the same is said. Source: bodhi contract §3.7.
 *
 * Until when a token counts is remembered, for the 10,000 sessions seen last, so that a request with
 * a valid one costs nothing. That can only be too early, never too late.
 */
export class OidcSessions {
  readonly #ctx: OidcSessionsOptions
  readonly #freshUntil = new Map<string, number>()
  readonly #underway = new Map<string, Promise<SessionVerdict>>()
  #trouble: { readonly why: DomainError; readonly untilMs: number } | undefined

  constructor(options: OidcSessionsOptions) {
    this.#ctx = options
  }

  /** Never throws because of the issuer: a route for everybody serves on without the session. */
  readonly check: SessionCheck = async ({ id, kind }) => {
    if (kind !== 'oidc') return alive
    const until = this.#freshUntil.get(id)
    if (until !== undefined && until > this.#ctx.clock.nowSeconds()) return alive
    return this.#underway.get(id) ?? this.#start(id)
  }

  #start(id: string): Promise<SessionVerdict> {
    const checking = this.#renew(id)
      .catch((why: unknown): SessionVerdict => {
        if (!(why instanceof DomainError)) throw why
        return { isAlive: false, why }
      })
      .finally(() => this.#underway.delete(id))
    this.#underway.set(id, checking)
    return checking
  }

  async #renew(id: string): Promise<SessionVerdict> {
    const { db, clock } = this.#ctx
    const deadline = clock.elapsedMs() + leaseSeconds * 1000
    do {
      const tokens = await this.#tokensOf(id)
      if (tokens === undefined) return ended()
      if (!hasExpired(tokens, clock.nowSeconds())) return this.#remember(id, tokens)
      if (!this.#mayRenew(tokens)) return this.#end(id, 'no-refresh-token')
      this.#refuseSoonAfterTrouble()
      const nowSeconds = clock.nowSeconds()
      const lease = { nowSeconds, untilSeconds: nowSeconds + leaseSeconds }
      if (await db.write((tx) => takeRefreshLease(tx, id, lease))) {
        return this.#renewLeased(id).finally(() =>
          db.write((tx) => dropRefreshLease(tx, id, lease.untilSeconds)),
        )
      }
      await sleep(pollMs)
    } while (clock.elapsedMs() < deadline)
    throw beingRenewed()
  }

  /** Who had the lease before may have renewed the tokens: they are read again. */
  async #renewLeased(id: string): Promise<SessionVerdict> {
    const { clock, db } = this.#ctx
    const tokens = await this.#tokensOf(id)
    if (tokens === undefined) return ended()
    if (!hasExpired(tokens, clock.nowSeconds())) return this.#remember(id, tokens)
    const given = await this.#askIssuer(tokens)
    if (typeof given === 'string') return this.#endUnlessRenewed(id, tokens, given)
    const renewed = renewedTokens(tokens, given, clock.nowSeconds())
    const sealed = sealData(this.#ctx, tokensData(renewed))
    const isKept = await db.write((tx) => saveSessionData(tx, id, sealed))
    return isKept ? this.#remember(id, renewed) : ended()
  }

  /** Where the lease ran out, a token may be refused because somebody else has used it since. */
  async #endUnlessRenewed(id: string, used: OidcTokens, why: NotRenewed): Promise<SessionVerdict> {
    const tokens = await this.#tokensOf(id)
    if (tokens === undefined) return ended()
    if (isDeepStrictEqual(tokens, used)) return this.#end(id, why)
    if (hasExpired(tokens, this.#ctx.clock.nowSeconds())) throw beingRenewed()
    return this.#remember(id, tokens)
  }

  async #askIssuer(tokens: OidcTokens): Promise<GivenTokens | NotRenewed> {
    const { oidc, clock, renewWithinMs = usualRenewMs } = this.#ctx
    try {
      return (await oidc?.refresh(tokens, AbortSignal.timeout(renewWithinMs))) ?? 'refused'
    } catch (why) {
      const untilMs = clock.elapsedMs() + restMs
      if (why instanceof DomainError) this.#trouble = { why, untilMs }
      throw why
    }
  }

  #refuseSoonAfterTrouble(): void {
    const trouble = this.#trouble
    if (trouble !== undefined && this.#ctx.clock.elapsedMs() < trouble.untilMs) throw trouble.why
  }

  async #tokensOf(id: string): Promise<OidcTokens | undefined> {
    const session: Session | undefined = await getSession(this.#ctx, id)
    return session?.kind === 'oidc' ? readTokens(session.data) : undefined
  }

  /** Without an issuer nothing can be renewed; one that did not give the tokens says so itself. */
  #mayRenew({ refreshToken }: OidcTokens): boolean {
    return this.#ctx.oidc !== undefined && refreshToken !== null
  }

  async #end(id: string, why: NotRenewed): Promise<SessionVerdict> {
    const ctx = { ...this.#ctx, caller: jobCaller('renew-login', []) }
    const session = await getSession(ctx, id)
    await endOneSession(ctx, { id, userId: session?.userId ?? 'unknown', why })
    this.#freshUntil.delete(id)
    return ended()
  }

  #remember(id: string, { expiresAt }: OidcTokens): SessionVerdict {
    this.#freshUntil.delete(id)
    this.#freshUntil.set(id, expiresAt ?? Infinity)
    if (this.#freshUntil.size > mostHeld) {
      const [oldest] = this.#freshUntil.keys()
      if (oldest !== undefined) this.#freshUntil.delete(oldest)
    }
    return alive
  }
}

function beingRenewed(): DomainError {
  return new DomainError('unavailable', 'The login is being renewed', { retryable: true })
}

function ended(): SessionVerdict {
  const details = { code: 'auth_error-refresh_token_not_found' }
  const why = new DomainError('unauthenticated', 'Your login has ended: log in again', { details })
  return { isAlive: false, why }
}
