const shownCharacters = 200
/** As much of a key as says something about it. */
const tellingLength = 8

/**
 * What a service says in a refusal, fit to be shown: one line of bounded length, from the members
 * where such services put it. Null when there is none, or when any part of a secret is in it.
 */
export function safeReason(body: string, secrets: readonly string[]): string | null {
  const said = saidIn(parsed(body))
  if (said === null) return null
  const line = said
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim()
  if (line === '' || secrets.some((secret) => tells(line, secret))) return null
  return Array.from(line).slice(0, shownCharacters).join('')
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return null
  }
}

function saidIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null
  const fields = new Map<string, unknown>(Object.entries(value))
  for (const name of ['detail', 'error', 'message']) {
    const said = fields.get(name)
    if (typeof said === 'string') return said
    const inner = saidIn(said)
    if (inner !== null) return inner
  }
  return null
}

function tells(line: string, secret: string): boolean {
  if (secret.length <= tellingLength) return secret !== '' && line.includes(secret)
  for (let start = 0; start + tellingLength <= secret.length; start += 1) {
    if (line.includes(secret.slice(start, start + tellingLength))) return true
  }
  return false
}
