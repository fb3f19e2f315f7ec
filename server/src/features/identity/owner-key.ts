import type { Uses } from './uses.ts'

/**
 * A literal key that an engine was called with, or that somebody chose to log in with. It owns what
 * came with it, and nobody but an admin may see it: it is kept as a keyed fingerprint, by which rows
 * are found, and sealed. Source: rulings §9.
 */
const purpose = 'log-owner'

/** The fingerprint by which rows of an owner are found, in every table and on every surface. */
export function ownerKeyFor({ vault }: Uses<'vault'>, key: string): string {
  return vault.mac(key, purpose)
}

export function sealOwner({ vault }: Uses<'vault'>, key: string): string {
  return vault.seal(key, purpose)
}

export function openOwner({ vault }: Uses<'vault'>, sealed: string): string {
  return vault.open(sealed, purpose)
}

const shownCharacters = 8

/** How a literal key is shown to those who may not see it: its first characters and `...`. */
export function shownOwner(key: string): string {
  const characters = Array.from(key)
  const isShort = characters.length <= shownCharacters
  const end = isShort ? Math.floor(characters.length / 2) : shownCharacters
  return `${characters.slice(0, end).join('')}...`
}
