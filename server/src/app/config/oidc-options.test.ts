import { expect, it } from 'vitest'
import { ConfigError, loadConfig } from '../config.ts'

const load = async (environment: Readonly<Record<string, string>>, argv: string[] = []) =>
  (await loadConfig({ argv, environment, homeDir: '/nowhere', workingDir: '/nowhere' })).config

const issuer = { OIDC_ISSUER: 'https://id.test/realms/lab/', OIDC_CLIENT_ID: 'pharos' }

it('has no issuer of logins unless told', async () => {
  expect(await load({})).toMatchObject({
    oidcIssuer: undefined,
    oidcClientId: undefined,
    oidcClientSecret: undefined,
    oidcDefaultRole: 'none',
    oidcScope: 'openid email profile roles',
  })
})

it('takes the usual names and our own, and the public address by three', async () => {
  const usual = { ...issuer, OIDC_CLIENT_SECRET: 's', OIDC_DEFAULT_ROLE: 'resource_power_user' }
  expect(await load({ ...usual, PUBLIC_URL: 'https://pharos.test/' })).toMatchObject({
    oidcIssuer: 'https://id.test/realms/lab',
    oidcClientId: 'pharos',
    oidcClientSecret: 's',
    oidcDefaultRole: 'power_user',
    publicBaseUrl: 'https://pharos.test',
  })
  const own = Object.fromEntries(
    Object.keys(usual).map((name) => [`PHAROS_${name}`, usual.OIDC_ISSUER]),
  )
  const ours = { ...own, PHAROS_OIDC_DEFAULT_ROLE: 'viewer', PHAROS_PUBLIC_URL: 'https://own.test' }
  expect(await load({ ...usual, ...ours, PUBLIC_URL: 'https://pharos.test' })).toMatchObject({
    oidcClientId: issuer.OIDC_ISSUER,
    oidcDefaultRole: 'viewer',
    publicBaseUrl: 'https://own.test',
  })
})

it.each([
  [{ OIDC_ISSUER: issuer.OIDC_ISSUER }, 'needs OIDC_CLIENT_ID'],
  [{ ...issuer, OIDC_ISSUER: 'http://id.test' }, 'must be an https address'],
  [{ ...issuer, OIDC_DEFAULT_ROLE: 'owner' }, 'must be one of none, viewer, user'],
])('refuses to start with %j', async (environment, problem) => {
  await expect(load(environment)).rejects.toThrow(ConfigError)
  await expect(load(environment)).rejects.toThrow(problem)
})

it.each(['http://127.0.0.1:8080', 'http://localhost:8080/realms/x', 'http://[::1]:9'])(
  'needs no https at %s, which is this machine',
  async (address) => {
    expect(await load({ ...issuer, OIDC_ISSUER: address })).toMatchObject({ oidcIssuer: address })
  },
)
