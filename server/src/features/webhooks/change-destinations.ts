import { toStorableText } from '../../platform/db/storable-text.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { allow, auditEntry, identityOf, insertAudit } from '../identity/index.ts'
import {
  destinationNotFound,
  toShownDestination,
  webhookCredentialsPurpose,
  webhookSecretPurpose,
  type StoredDestination,
  type WebhookDestination,
} from './destination.ts'
import {
  insertDestination,
  lockDestination,
  removeDestination,
  saveDestination,
} from './destination-store.ts'
import type { DestinationContext } from './powers.ts'
import { bareUrl, checkWebhookUrl, keepsCredentials, splitAddress } from './webhook-url.ts'

export interface NewDestination {
  readonly name: string
  /** http or https. */
  readonly url: string
  /** True if not given. */
  readonly isActive?: boolean | undefined
  /** Signs what it receives, in place of the server's key; 16 to 1,000 characters. */
  readonly secret?: string | undefined
}

/** What is left out stays as it is. */
export interface DestinationChanges {
  readonly name?: string | undefined
  /** With the mask of a password at the same server: the password stays. */
  readonly url?: string | undefined
  readonly isActive?: boolean | undefined
  /** Null: the server's key again. */
  readonly secret?: string | null | undefined
}

/**
 * Adds somebody to be told; several may have the same name. Needs `webhooks:manage`.
 * @throws DomainError `invalid`.
 */
export async function createDestination(
  ctx: DestinationContext,
  given: NewDestination,
): Promise<WebhookDestination> {
  allow(ctx.caller, 'webhooks:manage')
  const at = ctx.clock.nowSeconds()
  const destination = {
    id: ctx.ids.uuid(),
    identifier: ctx.ids.uuid(),
    name: checkName(given.name),
    ...addressOf(ctx, given.url),
    isActive: given.isActive ?? true,
    sealedSecret: given.secret === undefined ? null : sealSecret(ctx, given.secret),
    createdBy: identityOf(ctx.caller),
    createdAt: at,
    updatedAt: at,
  }
  const target = targetOf(destination.id)
  await ctx.db.write(async (tx) => {
    await insertDestination(tx, destination)
    await insertAudit(tx, [auditEntry(ctx, target, 'create', toNoted(given))])
  })
  return toShownDestination(destination)
}

/**
 * Changes a destination; what waits to be sent to it goes to the new address. Needs
 * `webhooks:manage`.
 * @throws DomainError `not-found`, `invalid`.
 */
export async function updateDestination(
  ctx: DestinationContext,
  id: string,
  changes: DestinationChanges,
): Promise<WebhookDestination> {
  allow(ctx.caller, 'webhooks:manage')
  const { secret } = changes
  const sealed = typeof secret === 'string' ? sealSecret(ctx, secret) : secret
  const said = withoutUndefined({
    name: changes.name === undefined ? undefined : checkName(changes.name),
    isActive: changes.isActive,
    sealedSecret: sealed,
  })
  return ctx.db.write(async (tx) => {
    const stored = await lockDestination(tx, id)
    if (!stored) throw destinationNotFound(id)
    const address = changes.url === undefined ? {} : addressOf(ctx, changes.url, stored)
    const destination = { ...stored, ...said, ...address, updatedAt: ctx.clock.nowSeconds() }
    await saveDestination(tx, destination)
    await insertAudit(tx, [auditEntry(ctx, targetOf(id), 'update', toNoted(changes))])
    return toShownDestination(destination)
  })
}

/**
 * Forgets a destination; what waits to be sent to it ends. Needs `webhooks:manage`.
 * @throws DomainError `not-found`.
 */
export async function deleteDestination(
  ctx: Pick<DestinationContext, 'db' | 'clock' | 'ids' | 'caller'>,
  id: string,
): Promise<void> {
  allow(ctx.caller, 'webhooks:manage')
  await ctx.db.write(async (tx) => {
    if (!(await removeDestination(tx, id))) throw destinationNotFound(id)
    await insertAudit(tx, [auditEntry(ctx, targetOf(id), 'delete', {})])
  })
}

function targetOf(id: string) {
  return { kind: 'webhook', id }
}

const longestName = 255

function checkName(name: string): string {
  if (name.length > 0 && name.length <= longestName) return toStorableText(name)
  const message = `The name of a webhook has 1 to ${longestName} characters`
  throw new DomainError('invalid', message, { details: { param: 'name' } })
}

type Address = Pick<StoredDestination, 'url' | 'sealedCredentials'>

/** What is stored of an address; `known` is where the destination was until now. */
function addressOf(
  { vault }: Pick<DestinationContext, 'vault'>,
  given: string,
  known?: Address,
): Address {
  const url = checkWebhookUrl(given)
  if (known && keepsCredentials(url, known.url)) {
    return { url: new URL(url).href, sealedCredentials: known.sealedCredentials }
  }
  const { shown, credentials } = splitAddress(url)
  const sealedCredentials =
    credentials === null ? null : vault.seal(credentials, webhookCredentialsPurpose)
  return { url: shown, sealedCredentials }
}

const fewestSecret = 16
const longestSecret = 1000

function sealSecret({ vault }: Pick<DestinationContext, 'vault'>, secret: string): string {
  if (secret.length >= fewestSecret && secret.length <= longestSecret && secret.isWellFormed()) {
    return vault.seal(secret, webhookSecretPurpose)
  }
  const message = `The secret of a webhook has ${fewestSecret} to ${longestSecret} characters`
  throw new DomainError('invalid', message, { details: { param: 'secret' } })
}

function toNoted({ secret, url, ...said }: DestinationChanges): Readonly<Record<string, unknown>> {
  return {
    ...withoutUndefined({ ...said, url: url === undefined ? undefined : bareUrl(url) }),
    ...(secret !== undefined && { secret: secret === null ? null : '(secret)' }),
  }
}
