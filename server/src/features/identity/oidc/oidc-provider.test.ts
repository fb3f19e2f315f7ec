import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeService } from '../../../../test/support/fake-service.ts'
import { newAttempt } from './login-attempt.ts'
import { OidcProvider } from './oidc-provider.ts'
import type { OidcSettings } from './oidc-settings.ts'

const attempt = newAttempt({
  redirectUri: 'http://127.0.0.1:7474/app/login/callback',
  mayBecomeAdmin: false,
})

let service: FakeService

beforeEach(async () => {
  service = await FakeService.start()
})
afterEach(() => service[Symbol.asyncDispose]())

function metadata(more: object = {}) {
  const { url } = service
  const places = {
    issuer: url,
    authorization_endpoint: `${url}/auth`,
    token_endpoint: `${url}/token`,
  }
  return { json: { ...places, ...more } }
}

function provider(more: Partial<OidcSettings> = {}, waitsMs = [1, 1]): OidcProvider {
  const settings = {
    issuer: service.url,
    clientId: 'pharos',
    clientSecret: 'secret',
    defaultRole: undefined,
    scope: 'openid email profile roles',
    ...more,
  }
  return new OidcProvider(settings, waitsMs)
}

function unsignedIdToken(claims: object): string {
  const now = Math.floor(Date.now() / 1000)
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url')
  const usual = {
    iss: service.url,
    aud: 'pharos',
    sub: 's',
    iat: now,
    exp: now + 60,
    email: 'a@b.c',
  }
  return `${part({ alg: 'RS256' })}.${part({ ...usual, ...claims })}.c2ln`
}

const answer = () => new URLSearchParams({ code: 'c', state: attempt.state })

describe('finding the issuer', () => {
  it('asks once for many, and again after a failure', async () => {
    service.next({ drops: true }, { status: 503 }, { status: 500 }, metadata())
    const oidc = provider()
    const first = await Promise.allSettled([1, 2].map(() => oidc.authorizationUrl(attempt)))
    expect(first.map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    expect(service.requests).toHaveLength(3)
    await Promise.all([1, 2].map(() => oidc.authorizationUrl(attempt)))
    await oidc.authorizationUrl(attempt)
    expect(service.requests.map(({ path }) => path)).toEqual(
      Array(4).fill('/.well-known/openid-configuration'),
    )
  })

  it('takes an issuer that writes itself with a slash, and no other', async () => {
    const slashed = metadata({ issuer: `${service.url}/lab/` })
    service.next(slashed, slashed, slashed)
    const oidc = provider({ issuer: `${service.url}/lab` })
    expect(await oidc.authorizationUrl(attempt)).toContain(`${service.url}/auth?`)
    const other = provider({ issuer: `${service.url}/other` })
    await expect(other.authorizationUrl(attempt)).rejects.toMatchObject({ code: 'upstream' })
  })

  it('speaks without TLS to this machine only', async () => {
    const oidc = provider({ issuer: 'http://id.test' })
    await expect(oidc.authorizationUrl(attempt)).rejects.toMatchObject({ code: 'upstream' })
  })

  it('goes on for others when one waits no longer', async () => {
    service.next({ status: 503 }, metadata())
    const oidc = provider()
    const login = { issuer: service.url, idToken: null }
    const waiting = oidc.endSessionUrl(login, 'https://back.test', AbortSignal.abort())
    await expect(waiting).rejects.toMatchObject({ code: 'unavailable' })
    expect(await oidc.authorizationUrl(attempt)).toContain(`${service.url}/auth?`)
    expect(service.requests).toHaveLength(2)
  })

  it('waits for nobody once the server stops', async () => {
    service.next({ delayMs: 60_000 })
    const oidc = provider()
    const asking = oidc.authorizationUrl(attempt)
    oidc[Symbol.dispose]()
    await expect(asking).rejects.toMatchObject({ name: 'DomainError' })
  })
})

describe('what an issuer is asked for', () => {
  const scopesAsked = async (supported: readonly string[] | undefined, scope?: string) => {
    service.next(metadata(supported && { scopes_supported: supported }))
    const oidc = provider(scope === undefined ? {} : { scope })
    return new URL(await oidc.authorizationUrl(attempt)).searchParams
  }

  it('leaves out what it does not know', async () => {
    expect((await scopesAsked(undefined)).get('scope')).toBe('openid email profile roles')
    const asked = await scopesAsked(['openid', 'profile', 'email', 'phone'])
    expect(asked.get('scope')).toBe('openid email profile')
    expect(asked.get('prompt')).toBeNull()
  })

  it('asks for the consent without which there is no offline access', async () => {
    const asked = await scopesAsked(undefined, 'email offline_access')
    expect(asked.get('scope')).toBe('openid email offline_access')
    expect(asked.get('prompt')).toBe('consent')
  })
})

describe('the exchange', () => {
  const given = (claims: object = {}) => ({
    json: {
      access_token: 'opaque',
      token_type: 'Bearer',
      expires_in: 60,
      id_token: unsignedIdToken({ nonce: attempt.nonce, ...claims }),
    },
  })

  it.each([
    [undefined, 'form'],
    [['client_secret_post', 'client_secret_basic'], 'form'],
    [['client_secret_basic'], 'header'],
    [['private_key_jwt'], 'form'],
  ])('shows the secret where the issuer takes it: %j', async (methods, place) => {
    service.next(metadata(methods && { token_endpoint_auth_methods_supported: methods }), given())
    await provider().exchange(attempt, answer())
    const [, { body, headers } = { body: '', headers: {} }] = service.requests
    const form = new URLSearchParams(String(body))
    expect(form.get('client_secret')).toBe(place === 'form' ? 'secret' : null)
    expect(headers.authorization !== undefined).toBe(place === 'header')
    expect(form.get('code_verifier')).toBe(attempt.verifier)
    expect(form.get('redirect_uri')).toBe(attempt.redirectUri)
  })

  it('shows no secret where there is none', async () => {
    service.next(metadata(), given())
    await provider({ clientSecret: undefined }).exchange(attempt, answer())
    const form = new URLSearchParams(String(service.requests[1]?.body))
    expect([form.get('client_id'), form.get('client_secret')]).toEqual(['pharos', null])
  })

  it.each([
    { nonce: 'another' },
    { nonce: undefined },
    { iss: 'https://evil.test' },
    { aud: 'another' },
    { exp: 1 },
  ])('refuses an ID token with %j', async (claims) => {
    service.next(metadata(), given(claims))
    await expect(provider().exchange(attempt, answer())).rejects.toMatchObject({ code: 'upstream' })
  })

  it('is not repeated, because nobody knows whether the code was used', async () => {
    service.next(metadata(), { drops: true })
    const code = 'reqwest_error'
    await expect(provider().exchange(attempt, answer())).rejects.toMatchObject({
      code: 'unavailable',
      details: { code },
    })
    expect(service.requests).toHaveLength(2)
  })
})

describe('renewing', () => {
  const renewed = (more: object = {}) => ({
    json: { access_token: 'new', token_type: 'Bearer', expires_in: 60, ...more },
  })

  const login = () => ({ issuer: service.url, refreshToken: 'r', subject: 's' })

  it('goes on after trouble that passes', async () => {
    service.next(metadata(), { drops: true }, { status: 502, text: 'no' }, renewed())
    expect(await provider().refresh(login())).toMatchObject({ accessToken: 'new' })
    expect(service.requests).toHaveLength(4)
  })

  it('is refused when the grant is, but not when the client is', async () => {
    service.next(metadata(), { status: 400, json: { error: 'invalid_grant' } })
    expect(await provider().refresh(login())).toBe('refused')
    service.next(metadata(), { status: 401, json: { error: 'invalid_client' } })
    await expect(provider().refresh(login())).rejects.toMatchObject({ code: 'upstream' })
    expect(service.requests).toHaveLength(4)
  })

  it('begins no attempt once its time is over', async () => {
    service.next(metadata(), { status: 503 })
    const over = new AbortController()
    const renewing = provider({}, [60_000]).refresh(login(), over.signal)
    await expect.poll(() => service.requests.length).toBe(2)
    over.abort()
    await expect(renewing).rejects.toMatchObject({ code: 'unavailable' })
    expect(service.requests).toHaveLength(2)
  })

  it('shows a token to the issuer that gave it only, however that ends its name', async () => {
    service.next(metadata({ issuer: `${service.url}/` }), renewed())
    const oidc = provider()
    expect(await oidc.refresh({ ...login(), issuer: 'https://old.test' })).toBe('other-issuer')
    expect(service.requests).toHaveLength(1)
    expect(await oidc.refresh(login())).toMatchObject({ accessToken: 'new' })
  })

  it('is refused when the issuer suddenly speaks of somebody else', async () => {
    service.next(metadata(), renewed({ id_token: unsignedIdToken({ sub: 'other' }) }))
    expect(await provider().refresh(login())).toBe('refused')
  })
})
