import type { Role } from '@pharos/contract/vocabulary.ts'
import { afterAll, beforeAll, beforeEach, expect } from 'vitest'
import { anonymousCaller } from '../../src/features/identity/index.ts'
import { beginLogin } from '../../src/features/identity/oidc/begin-login.ts'
import {
  completeLogin,
  type LoginOutcome,
} from '../../src/features/identity/oidc/complete-login.ts'
import { OidcProvider } from '../../src/features/identity/oidc/oidc-provider.ts'
import { OidcSessions } from '../../src/features/identity/oidc/oidc-sessions.ts'
import { readTokens } from '../../src/features/identity/oidc/oidc-tokens.ts'
import type { User, UserStatus } from '../../src/features/identity/index.ts'
import { getSession } from '../../src/features/identity/sessions/find-session.ts'
import { emailKeyOf } from '../../src/features/identity/users/account-input.ts'
import { insertUser } from '../../src/features/identity/users/user-store.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { createVault } from '../../src/platform/secrets/vault.ts'
import { standingClock } from './context.ts'
import { describeEachDatabase, type TestDatabase } from './database.ts'
import { OidcBrowser } from './oidc-browser.ts'
import { oidcClient, OidcServer, type OidcPerson } from './oidc-server.ts'

export const callback = 'http://127.0.0.1:7474/app/login/callback'
export const from = { ip: '127.0.0.1', userAgent: 'test' }

/** A server's side of logins, over a suite's database and an issuer. */
export class Desk {
  readonly clock = standingClock(1_800_000_000)
  readonly vault = createVault(Buffer.alloc(32, 7))
  readonly store: TestDatabase
  readonly issuer: OidcServer

  constructor(store: TestDatabase, issuer: OidcServer) {
    this.store = store
    this.issuer = issuer
  }

  get ctx() {
    const { clock, vault } = this
    return { db: this.store.db, clock, vault, ids: randomIds, caller: anonymousCaller() }
  }

  provider(defaultRole?: Role): OidcProvider {
    const settings = {
      issuer: this.issuer.url,
      clientId: oidcClient.id,
      clientSecret: oidcClient.secret,
      scope: 'openid email profile roles',
      defaultRole,
    }
    return new OidcProvider(settings, [1, 1])
  }

  sessions(oidc: OidcProvider | undefined = this.provider()): OidcSessions {
    return new OidcSessions({ ...this.ctx, oidc })
  }

  /** Logs somebody in at the issuer; gives what the browser brings back. */
  async begin(subject: string, oidc = this.provider(), mayBecomeAdmin = false) {
    const begun = await beginLogin(
      { ...this.ctx, oidc },
      { ...from, redirectUri: callback, mayBecomeAdmin },
    )
    this.issuer.subject = subject
    const back = await new OidcBrowser().follow(begun.location, callback)
    return { secret: begun.secret, answer: Object.fromEntries(new URL(back).searchParams) }
  }

  async logIn(
    subject: string,
    { person, defaultRole, awaitsAdmin = false }: LogIn = {},
  ): Promise<LoginOutcome> {
    if (person !== undefined) this.issuer.people.set(subject, person)
    const oidc = this.provider(defaultRole)
    const back = await this.begin(subject, oidc, awaitsAdmin)
    return completeLogin({ ...this.ctx, oidc }, { ...back, ...from, awaitsAdmin })
  }

  async mustLogIn(subject: string, more: LogIn = {}) {
    const outcome = await this.logIn(subject, more)
    if (outcome.kind !== 'in') throw new Error(`no login: ${outcome.fault}`)
    return outcome
  }

  addUser(
    email: string,
    { status = 'active', role = 'user' }: NewcomerOptions = {},
  ): Promise<User> {
    const now = this.clock.nowSeconds()
    return this.store.db.write((tx) =>
      insertUser(tx, {
        id: randomIds.uuid(),
        email,
        emailKey: emailKeyOf(email),
        name: email,
        role,
        roleSource: 'local',
        status,
        passwordHash: null,
        profile: {},
        createdAt: now,
        updatedAt: now,
      }),
    )
  }

  async tokensOf(sessionId: string) {
    const session = await getSession(this.ctx, sessionId)
    return session && readTokens(session.data)
  }

  async audit(): Promise<readonly string[]> {
    const rows = await this.store.db.read((tx) =>
      tx.db.selectFrom('audit_log').select(['action', 'changes']).orderBy('id').execute(),
    )
    return rows.map(({ action, changes }) => `${action} ${changes}`)
  }
}

export interface LogIn {
  readonly person?: OidcPerson
  readonly defaultRole?: Role
  readonly awaitsAdmin?: boolean
}

interface NewcomerOptions {
  readonly status?: UserStatus
  readonly role?: Role
}

export function refusedWith(code: string): unknown {
  return expect.objectContaining({ code: 'unauthenticated', details: { code } })
}

const kept = ['users', 'identities', 'sessions', 'invitations', 'audit_log'] as const

/** Runs a suite on both databases, with an issuer; nobody is known when a test begins. */
export function describeEachDesk(name: string, suite: (deskNow: () => Desk) => void): void {
  describeEachDatabase(name, (store) => {
    let desk: Desk
    beforeAll(async () => {
      const issuer = await OidcServer.start()
      desk = new Desk(store, issuer.serve({ redirectUris: [callback] }))
    })
    afterAll(() => desk.issuer[Symbol.asyncDispose]())
    beforeEach(async () => {
      await store.db.write(async (tx) => {
        for (const table of kept) await tx.db.deleteFrom(table).execute()
      })
    })
    suite(() => desk)
  })
}
