import { DomainError } from '../../platform/domain-error.ts'
import { allowFirstAdmin, lendScope, mayUse } from '../identity/index.ts'
import { appStatus, type AppStatus, type StatusContext } from './app-status.ts'
import { saveSetting } from './save-setting.ts'
import type { SettingsContext } from './settings-context.ts'

export interface SetupContext extends SettingsContext, StatusContext {
  /** What the operator set; each of them opens. */
  readonly setupTokens: readonly string[]
}

export interface Setup {
  readonly asksForLogins: boolean
  /** Checked only: nothing is registered anywhere under them. */
  readonly name: string | null
  readonly description: string | null
  /** What came in the header `x-setup-token`. */
  readonly shownToken: string | null
}

/**
 * Decides once whether logins are asked for, in the weakest layer of the settings: where the operator
 * decided, nothing changes. Source: rulings §3, bodhi contract §1.4.
 * @throws DomainError in this order: `conflict` where it is decided, `forbidden` for whoever is not at
 * this machine and knows no setup token, `invalid` for a name, `precondition` for logins without
 * anybody who vouches for them.
 */
export async function setUp(ctx: SetupContext, setup: Setup): Promise<AppStatus> {
  const { status, isFixed } = await appStatus(ctx)
  if (status !== 'setup' || isFixed) throw alreadySetUp(isFixed)
  if (!mayUse(ctx.caller, 'settings:manage')) {
    const { setupTokens } = ctx
    allowFirstAdmin({ isAtThisMachine: false, shown: setup.shownToken, setupTokens })
  }
  checkNames(setup)
  if (setup.asksForLogins && !ctx.hasIssuer) throw noIssuer()
  const caller = lendScope(ctx.caller, 'settings:manage')
  const auth = setup.asksForLogins ? 'required' : 'open'
  await saveSetting({ ...ctx, caller }, 'auth', auth, { isFirst: true }).catch((error: unknown) => {
    // Somebody else was quicker.
    if (error instanceof DomainError && error.code === 'conflict') throw alreadySetUp(false)
    throw error
  })
  return (await appStatus(ctx)).status
}

function alreadySetUp(isFixed: boolean): DomainError {
  const message = isFixed
    ? 'Who may enter is decided where the server is started'
    : 'The server is set up already'
  const details = { code: 'app_service_error-already_setup' }
  return new DomainError('conflict', message, { details })
}

function noIssuer(): DomainError {
  const message =
    'There is no issuer of logins: start the server with OIDC_ISSUER and OIDC_CLIENT_ID'
  const details = { code: 'auth_service_error-not_configured' }
  return new DomainError('precondition', message, { details })
}

const shortestName = 10
const longestName = 100
const longestDescription = 500

function checkNames({ name, description }: Setup): void {
  if (name !== null && lengthOf(name) < shortestName) {
    const details = { code: 'setup_route_error-server_name_too_short', param: 'name' }
    throw new DomainError('invalid', `A name has at least ${shortestName} characters`, { details })
  }
  if (lengthOf(name) > longestName) throw tooLong('name', longestName)
  if (lengthOf(description) > longestDescription) throw tooLong('description', longestDescription)
}

function tooLong(param: string, most: number): DomainError {
  return new DomainError('invalid', `The ${param} has more than ${most} characters`, {
    details: { param },
  })
}

function lengthOf(text: string | null): number {
  return Array.from(text ?? '').length
}
