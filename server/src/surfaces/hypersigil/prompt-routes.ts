import type { Preview } from '@pharos/contract/hypersigil/prompts.ts'
import { hypersigilRoutes } from '@pharos/contract/hypersigil/routes.ts'
import type { Uses } from '../../features/identity/index.ts'
import {
  createPrompt,
  deletePrompt,
  generateAdjustment,
  getPrompt,
  listPrompts,
  previewPrompt,
  promptSelectList,
  recentPrompts,
  searchPrompts,
  updatePrompt,
  type PreviewSource,
  type PromptPowers as RoomPowers,
} from '../../features/prompts/index.ts'
import { SharedReads } from '../../platform/shared-reads.ts'
import type { WrittenText } from '../../platform/threads/written-text.ts'
import { withoutUndefined } from '../../platform/without-undefined.ts'
import { toTime } from '../../platform/iso-time.ts'
import { conflictIsInvalid, serve, written } from './door.ts'
import { askedPage, created, found, nothing, readCount } from './envelopes.ts'
import { fromChanges, fromNewPrompt, promptPageWriter, toPrompt } from './wire-prompts.ts'

export interface PromptPowers extends Uses<'db' | 'clock' | 'ids'>, RoomPowers {}

/** Prompts and their versions. Source: hypersigil contract §1.5. */
export function promptRoutes(powers: PromptPowers) {
  return [...listRoutes(powers), ...singleRoutes(powers), ...useRoutes(powers)]
}

function listRoutes(powers: PromptPowers) {
  const pages = new SharedReads<WrittenText>()
  return [
    serve(hypersigilRoutes.listPromptChoices, async ({ caller }) => {
      const choices = await promptSelectList({ ...powers, caller })
      const items = choices.map(({ versions, ...prompt }) => ({
        ...prompt,
        versions: versions.map(({ version, name, createdAt }) => ({
          version,
          date: toTime(createdAt),
          name,
        })),
      }))
      return found({ items })
    }),
    serve(hypersigilRoutes.listPrompts, async ({ query, caller }) => {
      const { limit, offset } = askedPage(query)
      const { orderBy = 'created_at', orderDirection = 'DESC', search } = query
      const order = orderDirection === 'ASC' ? 'asc' : 'desc'
      const asked = { orderBy, order, limit, offset, ...withoutUndefined({ search }) } as const
      return written(await listPrompts({ ...powers, caller, pages }, asked, promptPageWriter))
    }),
    serve(hypersigilRoutes.listRecentPrompts, async ({ query, caller }) => {
      const prompts = await recentPrompts({ ...powers, caller }, readCount(query.limit ?? '10'))
      return found(prompts.map(toPrompt))
    }),
    serve(hypersigilRoutes.searchPrompts, async ({ params, caller }) => {
      const prompts = await searchPrompts({ ...powers, caller }, params.pattern)
      return found(prompts.map(toPrompt))
    }),
  ]
}

function singleRoutes(powers: PromptPowers) {
  return [
    serve(hypersigilRoutes.createPrompt, async ({ body, caller }) => {
      const making = createPrompt({ ...powers, caller }, fromNewPrompt(body))
      return created(toPrompt(await conflictIsInvalid(making)))
    }),
    serve(hypersigilRoutes.getPrompt, async ({ params, caller }) =>
      found(toPrompt(await getPrompt({ ...powers, caller }, params.id.toLowerCase()))),
    ),
    serve(hypersigilRoutes.updatePrompt, async ({ params, body, caller }) => {
      const { name, ...rest } = body
      const changes = { ...withoutUndefined({ name }), ...fromChanges(rest) }
      const updating = updatePrompt({ ...powers, caller }, params.id.toLowerCase(), changes)
      return found(toPrompt(await conflictIsInvalid(updating)))
    }),
    serve(hypersigilRoutes.deletePrompt, async ({ params, caller }) => {
      await deletePrompt({ ...powers, caller }, params.id.toLowerCase())
      return nothing
    }),
  ]
}

function useRoutes(powers: PromptPowers) {
  return [
    serve(hypersigilRoutes.previewPrompt, async ({ body, caller, signal }) => {
      const { userInput, options } = body
      const { escape } = options ?? {}
      const preview = { source: toSource(body), userInput, ...withoutUndefined({ escape }) }
      const { text, messages } = await previewPrompt({ ...powers, caller }, preview, signal)
      return found({
        compiledPrompt: text,
        ...(messages !== null && { messages: [...messages] }),
      })
    }),
    serve(hypersigilRoutes.generateAdjustment, async ({ params, body, caller }) => {
      const { text, originalPrompt, commentCount } = await generateAdjustment(
        { ...powers, caller },
        params.id.toLowerCase(),
        {
          commentIds: body.commentIds.map((id) => id.toLowerCase()),
          isSummary: body.summarize ?? false,
        },
      )
      return found({ adjustmentPrompt: text, originalPrompt, commentsProcessed: commentCount })
    }),
  ]
}

/** The contract lets exactly one of them in. */
function toSource({ promptId, version = 0, promptText, messages = [] }: Preview): PreviewSource {
  if (promptId !== undefined) {
    return { promptId: promptId.toLowerCase(), ...(version !== 0 && { version }) }
  }
  return promptText === undefined ? { messages } : { text: promptText }
}
