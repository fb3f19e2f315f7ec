/** Logging in at an OpenID Connect issuer. Source: bodhi contract §1.7, §3.3, §1.16. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { BodhiError, bodyRefusals, nothing, refusals } from './errors.ts'

/** What an issuer adds to the redirect URI; more is ignored. */
const IssuerAnswer = z
  .object({
    state: z.string().optional(),
    code: z.string().optional(),
    iss: z.string().optional(),
    error: z.string().optional(),
    error_description: z.string().optional(),
  })
  .meta({ id: 'IssuerAnswer' })
export type IssuerAnswer = z.infer<typeof IssuerAnswer>

const LoginQuery = z.object({
  setup_token: z
    .string()
    .optional()
    .meta({ description: 'Lets somebody at another machine become the first admin' }),
})

const InitiateRequest = z
  .object({
    client_id: z
      .string()
      .nullish()
      .meta({ description: 'Where it is given it must be the one of `/bodhi/v1/info`' }),
  })
  .meta({ id: 'AuthInitiateRequest' })

const GoTo = z
  .object({ location: z.string().meta({ description: 'Where the browser goes next' }) })
  .meta({ id: 'RedirectResponse' })

/** An issuer that refuses or is not there. */
const issuerTrouble = { 502: BodhiError } as const

function loginAt(path: string) {
  return defineRoute({
    method: 'GET',
    path,
    summary: 'Send the browser to the issuer, or into the app when it is logged in',
    ref: `bodhi §1.7 GET ${path}`,
    access: 'public',
    query: LoginQuery,
    reply: { 302: nothing, ...refusals, ...issuerTrouble },
  })
}

export const loginRoutes = {
  startLogin: loginAt('/app/login'),
  startLoginWithSlash: loginAt('/app/login/'),
  finishLogin: defineRoute({
    method: 'GET',
    path: '/app/login/callback',
    summary: 'Take the answer of the issuer, begin a session and send the browser into the app',
    ref: 'bodhi §1.7 GET /app/login/callback',
    access: 'public',
    query: IssuerAnswer,
    reply: { 302: nothing, ...refusals, ...issuerTrouble },
  }),
  initiateAuth: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/auth/initiate',
    summary: 'Tell where to log in; 200 for who is logged in already',
    ref: 'bodhi §1.16 POST /bodhi/v1/auth/initiate',
    access: 'public',
    body: InitiateRequest,
    reply: { 200: GoTo, 201: GoTo, ...bodyRefusals, ...issuerTrouble },
  }),
  completeAuth: defineRoute({
    method: 'POST',
    path: '/bodhi/v1/auth/callback',
    summary: 'Take the answer of the issuer from a page and begin a session',
    ref: 'bodhi §1.16 POST /bodhi/v1/auth/callback',
    access: 'public',
    body: IssuerAnswer,
    reply: { 200: GoTo, ...bodyRefusals, ...issuerTrouble },
  }),
} as const
