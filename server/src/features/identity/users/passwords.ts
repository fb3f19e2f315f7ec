import { argon2, randomBytes, timingSafeEqual, type Argon2Algorithm } from 'node:crypto'
import { promisify } from 'node:util'

const derive = promisify(argon2)

interface Cost {
  readonly algorithm: Argon2Algorithm
  readonly memoryKib: number
  readonly passes: number
  readonly lanes: number
}

interface ReadHash extends Cost {
  readonly salt: Buffer
  readonly digest: Buffer
}

/** What every new hash costs: about 50 ms and 19 MiB (rulings, accounts). */
const presentCost: Cost = { algorithm: 'argon2id', memoryKib: 19_456, passes: 2, lanes: 1 }
const saltBytes = 16
const digestBytes = 32

/** The most that a stored hash may ask for, so that no row can take the machine. */
const mostMemoryKib = 262_144
const mostPasses = 16
const mostLanes = 8

/** Compared with where there is no hash, so that its absence costs the same. */
const nobodysHash: ReadHash = {
  ...presentCost,
  salt: Buffer.alloc(saltBytes),
  digest: Buffer.alloc(digestBytes),
}

export interface PasswordVerdict {
  readonly isRight: boolean
  /** Whether the stored hash was made cheaper than a new one would be. */
  readonly isWeak: boolean
}

/** A PHC string (argon2id, version 19) with a salt of its own. */
export async function hashPassword(password: string): Promise<string> {
  const salt = randomBytes(saltBytes)
  const digest = await deriveDigest(password, { ...presentCost, salt }, digestBytes)
  const { algorithm, memoryKib, passes, lanes } = presentCost
  const cost = `m=${memoryKib},t=${passes},p=${lanes}`
  return `$${algorithm}$v=19$${cost}$${toBase64(salt)}$${toBase64(digest)}`
}

/**
 * Whether a password is the one behind a PHC string. Without a string, or with one that cannot be
 * read, it does the work of a present one and says no.
 */
export async function verifyPassword(
  password: string,
  stored: string | null,
): Promise<PasswordVerdict> {
  const read = stored === null ? undefined : readHash(stored)
  const against = read ?? nobodysHash
  const digest = await deriveDigest(password, against, against.digest.length)
  const isSame = timingSafeEqual(digest, against.digest)
  return { isRight: isSame && read !== undefined, isWeak: isWeak(against) }
}

function isWeak({ algorithm, memoryKib, passes, digest, salt }: ReadHash): boolean {
  return (
    algorithm !== presentCost.algorithm ||
    memoryKib < presentCost.memoryKib ||
    passes < presentCost.passes ||
    digest.length < digestBytes ||
    salt.length < saltBytes
  )
}

/** One character typed on two systems may be different code points: they count as the same. */
function deriveDigest(
  password: string,
  { algorithm, memoryKib, passes, lanes, salt }: Cost & { readonly salt: Buffer },
  tagLength: number,
): Promise<Buffer> {
  return derive(algorithm, {
    message: password.normalize('NFKC'),
    nonce: salt,
    parallelism: lanes,
    memory: memoryKib,
    passes,
    tagLength,
  })
}

const phc =
  /^\$(?<name>argon2(?:id|i|d))\$v=19\$m=(?<m>\d{1,9}),t=(?<t>\d{1,9}),p=(?<p>\d{1,9})\$(?<salt>[\w+/-]+)\$(?<digest>[\w+/-]+)$/u

function readHash(text: string): ReadHash | undefined {
  const { name, m, t, p, salt, digest } = phc.exec(text)?.groups ?? {}
  const algorithm = algorithms.find((one) => one === name)
  if (algorithm === undefined) return undefined
  const read = {
    algorithm,
    memoryKib: Number(m),
    passes: Number(t),
    lanes: Number(p),
    salt: Buffer.from(salt ?? '', 'base64'),
    digest: Buffer.from(digest ?? '', 'base64'),
  }
  return isBearable(read) ? read : undefined
}

const algorithms = ['argon2id', 'argon2i', 'argon2d'] as const

function isBearable({ memoryKib, passes, lanes, salt, digest }: ReadHash): boolean {
  const isCostBearable = memoryKib <= mostMemoryKib && passes <= mostPasses && lanes <= mostLanes
  const isCostValid = lanes >= 1 && passes >= 1 && memoryKib >= 8 * lanes
  const isLongEnough = salt.length >= 8 && digest.length >= 16 && digest.length <= 64
  return isCostBearable && isCostValid && isLongEnough
}

function toBase64(bytes: Buffer): string {
  return bytes.toString('base64').replaceAll('=', '')
}
