import { bodhiRoutes } from '@pharos/contract/bodhi/routes.ts'
import {
  createToken,
  deleteToken,
  listTokens,
  updateToken,
  type InstallName,
  type Uses,
} from '../../features/identity/index.ts'
import { nothing, serve } from './door.ts'
import { pageOf } from './page.ts'
import { fromNewToken, toApiToken } from './wire-tokens.ts'

export interface TokenPowers extends Uses<'db' | 'clock' | 'ids'>, InstallName {}

/** Whose tokens they are is nobody's business, least of all a cache's. Source: bodhi §10.1. */
const headers = { 'cache-control': 'no-store' } as const

/** A person's own API tokens. Source: bodhi contract §1.12. */
export function tokenRoutes(powers: TokenPowers) {
  return [
    serve(bodhiRoutes.listApiTokens, async ({ query, caller }) => {
      const { page, pageSize } = pageOf(query)
      const { tokens, total } = await listTokens({ ...powers, caller }, { page, pageSize })
      const data = tokens.map(toApiToken)
      return { status: 200, body: { data, total, page, page_size: pageSize }, headers }
    }),
    serve(bodhiRoutes.createApiToken, async ({ body, caller }) => {
      const { secret } = await createToken({ ...powers, caller }, fromNewToken(body))
      return { status: 201, body: { token: secret, offline_token: secret }, headers }
    }),
    serve(bodhiRoutes.updateApiToken, async ({ params, body, caller }) => {
      const { name, status } = body
      const changes = { status, ...(typeof name === 'string' && { name }) }
      const token = await updateToken({ ...powers, caller }, params.id, changes)
      return { status: 200, body: toApiToken(token), headers }
    }),
    serve(bodhiRoutes.deleteApiToken, async ({ params, caller }) => {
      await deleteToken({ ...powers, caller }, params.id)
      return { status: 204, ...nothing, headers }
    }),
  ]
}
