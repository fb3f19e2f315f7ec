import { DomainError } from '../../platform/domain-error.ts'
import type { RequestDefaults } from './request-defaults.ts'

type Type = 'number' | 'text' | 'texts'

const members: Readonly<Record<keyof RequestDefaults, Type>> = {
  frequency_penalty: 'number',
  max_tokens: 'number',
  presence_penalty: 'number',
  seed: 'number',
  stop: 'texts',
  temperature: 'number',
  top_p: 'number',
  user: 'text',
  system_prompt: 'text',
}

/**
 * Defaults out of what nobody has looked at; their ranges are not looked at here either. Null counts
 * as absent. Source: bodhi contract §4.5.
 * @throws DomainError `invalid` for a member that is none, or of another type.
 */
export function readDefaults(given: Readonly<Record<string, unknown>>): RequestDefaults {
  const said = Object.entries(given).filter(([, value]) => value !== null && value !== undefined)
  const unfit = said.find(([name, value]) => !isFitting(name, value))
  if (unfit) {
    const param = `request_params.${unfit[0]}`
    throw new DomainError('invalid', `${param} is no default of requests`, { details: { param } })
  }
  return Object.fromEntries(said)
}

function isFitting(name: string, value: unknown): boolean {
  switch (typeOf(name)) {
    case 'number':
      return typeof value === 'number'
    case 'text':
      return typeof value === 'string'
    case 'texts':
      return Array.isArray(value) && value.every((text) => typeof text === 'string')
    case undefined:
      return false
  }
}

function typeOf(name: string): Type | undefined {
  return Object.entries(members).find(([member]) => member === name)?.[1]
}
