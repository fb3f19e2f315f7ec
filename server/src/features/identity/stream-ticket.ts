import type { Scope } from '@pharos/contract/vocabulary.ts'
import { DomainError } from '../../platform/domain-error.ts'
import type { Caller } from './caller.ts'
import { findUsableKeys } from './find-usable-keys.ts'
import type { Uses } from './uses.ts'

const purpose = 'stream-ticket'

/** How long a ticket opens a socket. */
export const ticketSeconds = 30

type KeyCaller = Extract<Caller, { kind: 'apiKey' }>

/** What is sealed in a ticket: the caller as it was. */
interface Ticket extends Omit<KeyCaller, 'kind' | 'scopes' | 'from'> {
  readonly scopes: readonly Scope[]
  readonly endsAt: number
}

/**
 * Gives a text that stands for the caller's key for half a minute, where a key would have to be
 * written into an address. It is kept nowhere: the caller itself is sealed in it.
 * @throws DomainError `precondition` for a caller without a key.
 */
export function issueTicket({ vault, clock, caller }: Uses<'vault' | 'clock' | 'caller'>): string {
  if (caller.kind !== 'apiKey') {
    throw new DomainError('precondition', 'A ticket stands for an API key: send one')
  }
  const { kind: _, scopes, from: __, ...key } = caller
  const ticket: Ticket = {
    ...key,
    scopes: [...scopes],
    endsAt: clock.nowSeconds() + ticketSeconds,
  }
  return toAddressable(vault.seal(JSON.stringify(ticket), purpose))
}

/**
 * Who a ticket stands for.
 * @throws DomainError `unauthenticated` when it is none of ours or too old, or when its key has
 * ended or changed its powers since.
 */
export async function redeemTicket(
  ctx: Uses<'vault' | 'clock' | 'db'>,
  text: string,
): Promise<Caller> {
  const ticket = openTicket(ctx, text)
  if (ticket === undefined || ticket.endsAt < ctx.clock.nowSeconds()) throw refused()
  const { endsAt: _, scopes, ...key } = ticket
  const versions = await findUsableKeys(ctx, [key.keyId])
  const version = versions.get(key.keyId)
  const isSame = version !== undefined && version === (key.keyVersion ?? version)
  if (!isSame) throw refused()
  return { kind: 'apiKey', ...key, scopes: new Set(scopes) }
}

/** NOTE: the vault reads both alphabets of base64, with and without padding. */
function toAddressable(base64: string): string {
  return base64.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')
}

function openTicket({ vault }: Uses<'vault'>, text: string): Ticket | undefined {
  try {
    const opened: unknown = JSON.parse(vault.open(text, purpose))
    // Sealed by `issueTicket`; nobody else holds the key.
    return opened as Ticket
  } catch {
    return undefined
  }
}

function refused(): DomainError {
  return new DomainError('unauthenticated', 'The ticket is unknown or has ended')
}
