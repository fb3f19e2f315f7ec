import type { Comment as WireComment, CommentData } from '@pharos/contract/hypersigil/comments.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { Uses } from '../../features/identity/index.ts'
import {
  createComment,
  deleteComment,
  listComments,
  type Comment,
  type CommentPlace,
  type CommentTarget,
} from '../../features/prompts/index.ts'
import { DomainError } from '../../platform/domain-error.ts'
import { toTime } from '../../platform/iso-time.ts'
import { serve } from './door.ts'
import { created, found, nothing } from './envelopes.ts'

export interface CommentPowers extends Uses<'db' | 'clock' | 'ids'> {}

/** What people say of prompts and executions. Source: hypersigil contract §1.6. */
export function commentRoutes(powers: CommentPowers) {
  return [
    serve(hypersigilRoutes.createComment, async ({ body, caller }) => {
      const { text, data, prompt_id: promptId, execution_id: executionId } = body
      const comment = await createComment(
        { ...powers, caller },
        {
          text,
          place: fromData(data),
          promptId: promptId?.toLowerCase() ?? null,
          executionId: executionId?.toLowerCase() ?? null,
        },
      )
      return created(toComment(comment))
    }),
    serve(hypersigilRoutes.listComments, async ({ query, caller }) => {
      const comments = await listComments({ ...powers, caller }, toTarget(query))
      return found(comments.map(toComment))
    }),
    serve(hypersigilRoutes.deleteComment, async ({ params, caller }) => {
      await deleteComment({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

interface TargetQuery {
  readonly prompt_id?: string | undefined
  readonly execution_id?: string | undefined
}

function toTarget({ prompt_id: promptId, execution_id: executionId }: TargetQuery): CommentTarget {
  if (promptId !== undefined && executionId === undefined) {
    return { promptId: promptId.toLowerCase() }
  }
  if (executionId !== undefined && promptId === undefined) {
    return { executionId: executionId.toLowerCase() }
  }
  throw new DomainError('invalid', 'Exactly one of prompt_id and execution_id is needed')
}

function fromData(data: CommentData): CommentPlace {
  if (data.type === 'generic') return { kind: 'generic' }
  return {
    kind: 'execution',
    selectedText: data.selected_text,
    startOffset: data.start_offset,
    endOffset: data.end_offset,
  }
}

function toData(place: CommentPlace): CommentData {
  if (place.kind === 'generic') return { type: 'generic' }
  return {
    type: 'execution',
    selected_text: place.selectedText,
    start_offset: place.startOffset,
    end_offset: place.endOffset,
  }
}

function toComment({ id, text, place, promptId, executionId, ...times }: Comment): WireComment {
  return {
    id,
    text,
    data: toData(place),
    ...(promptId !== null && { prompt_id: promptId }),
    ...(executionId !== null && { execution_id: executionId }),
    created_at: toTime(times.createdAt),
    updated_at: toTime(times.updatedAt),
  }
}
