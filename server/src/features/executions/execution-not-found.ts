import { DomainError } from '../../platform/domain-error.ts'

export function executionNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no execution ${id}`)
}
