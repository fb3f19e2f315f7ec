import { getSession } from '../../../src/features/identity/sessions/find-session.ts'
import { sealData } from '../../../src/features/identity/sessions/session-data.ts'
import { saveSessionData } from '../../../src/features/identity/sessions/session-store.ts'
import { hashToken } from '../../../src/platform/secrets/tokens.ts'
import { startTestApp, type TestApp, type TestAppOptions } from '../../support/app.ts'
import { send, type Received, type Sent } from '../../support/http-request.ts'
import { OidcBrowser } from '../../support/oidc-browser.ts'
import {
  oidcClient,
  OidcServer,
  type OidcPerson,
  type OidcServerOptions,
} from '../../support/oidc-server.ts'

const cookieName = 'bodhiapp_session_id'
const callbackPath = '/app/login/callback'

export interface LoginStationOptions extends TestAppOptions {
  readonly issuer?: Partial<OidcServerOptions>
  /** Nobody has decided that logins are asked for. */
  readonly isUndecided?: boolean
  /** Where people find the server, besides its own address. */
  readonly publicUrl?: string
}

/** A server that asks for logins, an issuer, and a browser that goes between them. */
export class LoginStation implements AsyncDisposable {
  readonly app: TestApp
  readonly issuer: OidcServer
  readonly #publicUrl: string
  readonly #opened: AsyncDisposableStack

  private constructor(
    app: TestApp,
    { issuer, publicUrl }: { issuer: OidcServer; publicUrl: string },
    opened: AsyncDisposableStack,
  ) {
    this.app = app
    this.issuer = issuer
    this.#publicUrl = publicUrl
    this.#opened = opened
  }

  static async open(options: LoginStationOptions = {}): Promise<LoginStation> {
    await using opened = new AsyncDisposableStack()
    const issuer = opened.use(await OidcServer.start())
    const { publicUrl, settings, issuer: more, isUndecided = false, ...rest } = options
    const app = opened.use(
      await startTestApp({
        ...rest,
        settings: {
          ...(!isUndecided && { auth: 'required' as const }),
          oidcIssuer: issuer.url,
          oidcClientId: oidcClient.id,
          oidcClientSecret: oidcClient.secret,
          oidcDefaultRole: 'user',
          publicBaseUrl: publicUrl,
          ...settings,
        },
      }),
    )
    const address = publicUrl ?? app.url
    issuer.serve({ redirectUris: [`${address}${callbackPath}`], ...more })
    return new LoginStation(app, { issuer, publicUrl: address }, opened.move())
  }

  get callback(): string {
    return `${this.#publicUrl}${callbackPath}`
  }

  send(sent: Sent): Promise<Received> {
    return send(this.app.url, sent)
  }

  /** Begins a login in a browser; gives where it comes back to. */
  async begin(
    browser: OidcBrowser,
    subject: string,
    { person, path = '/app/login' }: Begin = {},
  ): Promise<string> {
    if (person !== undefined) this.issuer.people.set(subject, person)
    this.issuer.subject = subject
    return browser.follow(`${this.app.url}${path}`, this.callback)
  }

  /** Logs somebody in with a browser of their own. */
  async logIn(subject: string, begin: Begin = {}) {
    const browser = new OidcBrowser()
    const reply = await browser.get(await this.begin(browser, subject, begin), fromIssuer)
    return { browser, reply, secret: browser.cookieOf(this.app.url, cookieName) ?? '' }
  }

  /** What a session says of itself. */
  async whoIs(secret: string): Promise<Record<string, unknown>> {
    const { text } = await this.send({ path: '/bodhi/v1/user', headers: asCookie(secret) })
    return JSON.parse(text)
  }

  /** What is stored of a session, whether or not it stands. */
  sessionOf(secret: string) {
    return getSession(this.app.app.context, hashToken(secret))
  }

  /** As if a session's access token had run out. */
  async expire(secret: string): Promise<void> {
    const { context } = this.app.app
    const session = await this.sessionOf(secret)
    if (session === undefined) throw new Error('there is no such session')
    const sealed = sealData(context, { ...session.data, expiresAt: 1 })
    await context.db.write((tx) => saveSessionData(tx, session.id, sealed))
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#opened[Symbol.asyncDispose]()
  }
}

interface Begin {
  readonly person?: OidcPerson
  readonly path?: string
}

/** How browsers mark that the page of another site sent them here. */
export const fromIssuer = {
  'sec-fetch-site': 'cross-site',
  'sec-fetch-mode': 'navigate',
  'sec-fetch-dest': 'document',
} as const

export function asCookie(secret: string): { readonly cookie: string } {
  return { cookie: `${cookieName}=${secret}` }
}

/** The code of an error's body. */
export function codeOf({ text }: Received): string {
  return JSON.parse(text).error.code
}
