import { DomainError } from '../../platform/domain-error.ts'

/** Whether the content of each item must be a JSON text. */
export type TestMode = 'raw' | 'json'

export interface TestGroup {
  readonly id: string
  readonly name: string
  readonly description: string | null
  readonly mode: TestMode
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

export interface TestItem {
  readonly id: string
  readonly groupId: string
  readonly name: string | null
  readonly content: string
  readonly createdAt: number
  readonly updatedAt: number
}

/** An item that belongs nowhere yet. */
export interface GivenItem {
  readonly name: string | null
  readonly content: string
}

export function groupNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no group of test data ${id}`)
}

export function itemNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no item of test data ${id}`)
}

export function nameTaken(name: string): DomainError {
  const message = `There is a group of test data ${JSON.stringify(name)} already`
  return new DomainError('conflict', message, { details: { param: 'name' } })
}

/** What keeps a content out of a group of this mode; null if nothing does. */
export function faultOfContent(mode: TestMode, content: string): string | null {
  if (mode === 'raw') return null
  try {
    JSON.parse(content)
    return null
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return `It is not JSON: ${reason.slice(0, 300)}`
  }
}

/** Refused contents by their index. */
export interface ContentFault {
  readonly index: number
  readonly error: string
}

export function invalidFormat(faults: readonly ContentFault[]): DomainError {
  const [first] = faults
  const words = faults.length > 1 ? `${faults.length} contents are not JSON` : (first?.error ?? '')
  return new DomainError('invalid', words, {
    details: { label: 'Invalid format', ...(faults.length > 1 && { shown: faults.slice(0, 100) }) },
  })
}
