import { createCipheriv, createDecipheriv, createHmac, hkdfSync, randomBytes } from 'node:crypto'
import { DomainError } from '../domain-error.ts'

const cipher = 'aes-256-gcm'
const version = 'v1:'
const nonceBytes = 12
const tagBytes = 16

/**
 * Keeps secrets under one master key. Every use has its own purpose, a constant string such as
 * `provider-key`: what was sealed for one purpose cannot be opened for another.
 */
export interface Vault {
  /** Encrypts text (AES-256-GCM); gives `v1:` and base64, different at each call. */
  seal(plain: string, purpose: string): string
  /** Decrypts sealed text. Throws DomainError `precondition` for another key, purpose or damage. */
  open(sealed: string, purpose: string): string
  /** A keyed fingerprint of text, in hex: equal for equal text, useless without the key. */
  mac(text: string, purpose: string): string
  /** A 32-byte key for one purpose, derived from the master key (HKDF-SHA256). */
  deriveKey(purpose: string): Buffer
  /** Tells master keys apart without telling anything about them. */
  readonly fingerprint: string
}

function seal(key: Buffer, plain: string, purpose: string): string {
  const nonce = randomBytes(nonceBytes)
  const sealing = createCipheriv(cipher, key, nonce).setAAD(Buffer.from(purpose))
  const body = Buffer.concat([sealing.update(plain, 'utf8'), sealing.final()])
  return version + Buffer.concat([nonce, body, sealing.getAuthTag()]).toString('base64')
}

function cannotOpen(cause?: unknown): DomainError {
  return new DomainError('precondition', 'A stored secret cannot be opened with this key', {
    cause,
  })
}

function open(key: Buffer, sealed: string, purpose: string): string {
  if (!sealed.startsWith(version)) throw cannotOpen()
  const bytes = Buffer.from(sealed.slice(version.length), 'base64')
  const nonce = bytes.subarray(0, nonceBytes)
  const body = bytes.subarray(nonceBytes, -tagBytes)
  try {
    const opening = createDecipheriv(cipher, key, nonce, { authTagLength: tagBytes })
      .setAAD(Buffer.from(purpose))
      .setAuthTag(bytes.subarray(-tagBytes))
    return Buffer.concat([opening.update(body), opening.final()]).toString('utf8')
  } catch (cause) {
    throw cannotOpen(cause)
  }
}

function hmac(key: Buffer, text: string): string {
  return createHmac('sha256', key).update(text).digest('hex')
}

/** Builds the vault of a master key of 32 bytes. */
export function createVault(masterKey: Uint8Array): Vault {
  const deriveKey = (purpose: string): Buffer =>
    Buffer.from(hkdfSync('sha256', masterKey, '', `pharos/${purpose}`, 32))
  const sealingKey = deriveKey('seal')
  // Some are needed for each request; purposes are constants, so there are few.
  const macKeys = new Map<string, Buffer>()
  const macKeyOf = (purpose: string): Buffer => {
    const key = macKeys.get(purpose) ?? deriveKey(`mac/${purpose}`)
    macKeys.set(purpose, key)
    return key
  }
  return {
    seal: (plain, purpose) => seal(sealingKey, plain, purpose),
    open: (sealed, purpose) => open(sealingKey, sealed, purpose),
    mac: (text, purpose) => hmac(macKeyOf(purpose), text),
    deriveKey: (purpose) => deriveKey(`key/${purpose}`),
    fingerprint: hmac(deriveKey('fingerprint'), 'master key').slice(0, 32),
  }
}
