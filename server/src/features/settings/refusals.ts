import { DomainError } from '../../platform/domain-error.ts'
import type { ReadValue } from './value-kind.ts'

/** The names that the Bodhi wire has for what is refused here. Source: bodhi contract §1.13, §7.4. */
function refused(
  code: 'not-found' | 'invalid',
  key: string,
  { message, named }: { readonly message: string; readonly named: string },
): DomainError {
  return new DomainError(code, message, { details: { code: named, key } })
}

export function notASetting(key: string): DomainError {
  const message = `There is no setting ${key}`
  return refused('not-found', key, { message, named: 'settings_error-not_found' })
}

export function readOnly(key: string): DomainError {
  const message = `${key} cannot be changed here`
  return refused('invalid', key, { message, named: 'settings_error-unsupported' })
}

export function homeIsFixed(key: string): DomainError {
  const message = `${key} is decided when the server is started: by --data-dir or the environment`
  return refused('invalid', key, { message, named: 'settings_error-bodhi_home' })
}

export function unfitValue(
  key: string,
  { fault, problem }: Extract<ReadValue, { fault: string }>,
): DomainError {
  return new DomainError('invalid', `${key} ${problem}`, {
    details: { code: `settings_metadata_error-${fault}`, param: 'value', key },
  })
}
