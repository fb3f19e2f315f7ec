import type { Token } from 'node-llama-cpp'

// The engine marks its token numbers with a type of their own; these were checked to be ids.
export function asTokens(ids: readonly number[]): Token[] {
  return [...ids] as Token[]
}

// As above.
export function asToken(id: number): Token {
  return id as Token
}
