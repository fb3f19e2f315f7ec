/** What people say of prompts and executions. Source: hypersigil contract §1.6. */
import { z } from 'zod'
import { defineRoute } from '../route.ts'
import { dataOf, inputRefusals, nothing, Refusal, refusals, Time, Uuid } from './route-kit.ts'

const CommentData = z
  .discriminatedUnion('type', [
    z.object({ type: z.literal('generic') }),
    z.object({
      type: z.literal('execution'),
      selected_text: z.string(),
      start_offset: z.number(),
      end_offset: z.number(),
    }),
  ])
  .meta({ id: 'CommentData' })
export type CommentData = z.infer<typeof CommentData>

const Comment = z
  .object({
    id: z.string(),
    text: z.string(),
    data: CommentData,
    prompt_id: z.string().optional(),
    execution_id: z.string().optional(),
    created_at: Time,
    updated_at: Time,
  })
  .meta({ id: 'Comment' })
export type Comment = z.infer<typeof Comment>

const NewComment = z
  .strictObject({
    text: z.string().min(1),
    data: CommentData,
    execution_id: Uuid.optional(),
    prompt_id: Uuid.optional(),
  })
  .refine(({ execution_id, prompt_id }) => (execution_id ?? prompt_id) !== undefined, {
    message: 'execution_id or prompt_id is needed',
  })
  .meta({ id: 'NewComment' })

export const commentRoutes = {
  createComment: defineRoute({
    method: 'POST',
    path: '/api/v1/comments',
    summary: 'Comment on a prompt, an execution or both',
    ref: 'hypersigil §1.6',
    access: 'session:prompts:read',
    body: NewComment,
    reply: { 201: dataOf(Comment), ...inputRefusals },
  }),
  listComments: defineRoute({
    method: 'GET',
    path: '/api/v1/comments',
    summary: 'List the comments on a prompt or on an execution, the newest first',
    ref: 'hypersigil §1.6',
    access: 'prompts:read',
    query: z.strictObject({ prompt_id: Uuid.optional(), execution_id: Uuid.optional() }),
    reply: { 200: dataOf(z.array(Comment)), ...inputRefusals },
  }),
  deleteComment: defineRoute({
    method: 'DELETE',
    path: '/api/v1/comments/{id}',
    summary: 'Delete a comment: your own, or any with `prompts:write`',
    ref: 'hypersigil §1.6',
    access: 'session:prompts:read',
    params: z.object({ id: Uuid }),
    reply: { 204: nothing, ...refusals, 404: Refusal },
  }),
} as const
