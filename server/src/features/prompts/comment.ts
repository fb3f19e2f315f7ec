import { DomainError } from '../../platform/domain-error.ts'

/** On a whole thing, or on a place in an execution's result: characters from `start` up to `end`. */
export type CommentPlace =
  | { readonly kind: 'generic' }
  | {
      readonly kind: 'execution'
      readonly selectedText: string
      readonly startOffset: number
      readonly endOffset: number
    }

export interface NewComment {
  readonly text: string
  readonly place: CommentPlace
  readonly promptId: string | null
  readonly executionId: string | null
}

export interface Comment extends NewComment {
  readonly id: string
  /** Unix seconds, as `updatedAt`. */
  readonly createdAt: number
  readonly updatedAt: number
}

export function commentNotFound(id: string): DomainError {
  return new DomainError('not-found', `There is no comment ${id}`)
}
