import type { Access } from '@pharos/contract/route.ts'
import { thunderRoutes } from '@pharos/contract/thunder/routes.ts'
import {
  allowRoute,
  issueTicket,
  redeemTicket,
  ticketSeconds,
  type Caller,
  type Uses,
} from '../../features/identity/index.ts'
import type { Surface } from '../../platform/http/surface.ts'
import { secretsOf } from './caller.ts'
import { serve, type ThunderPowers } from './door.ts'

type ResolveCaller = Surface<Caller, Access>['resolveCaller']

/** Tickets for the stream, so that no key need stand in an address. */
export function streamRoutes(powers: ThunderPowers) {
  return [
    serve(thunderRoutes.createStreamTicket, ({ caller }) => {
      const ticket = issueTicket({ ...powers, caller })
      return { status: 200, body: { ticket, expires_in: ticketSeconds } }
    }),
  ]
}

/** Who opens the stream: whoever shows a key, or a ticket alone. */
export function streamCallerResolver(
  ctx: Uses<'vault' | 'clock' | 'db'>,
  resolveCaller: ResolveCaller,
): ResolveCaller {
  return async (request, access) => {
    const { ticket } = request.query
    const isAlone = secretsOf(request).length === 0
    if (ticket === undefined || !isAlone) return resolveCaller(request, access)
    const caller = await redeemTicket(ctx, ticket)
    allowRoute(caller, access)
    return caller
  }
}
