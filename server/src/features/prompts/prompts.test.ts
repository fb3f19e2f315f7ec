import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import {
  createPrompt,
  deletePrompt,
  findVersion,
  getPrompt,
  hasPrompts,
  previewPrompt,
  promptSelectList,
  readPromptVersion,
  recentPrompts,
  searchPrompts,
  updatePrompt,
} from './index.ts'
import { pageOfPrompts, type PromptPageWriter } from './store.ts'

/** Shows a page by names alone. */
export const writeNames: PromptPageWriter = ({ prompts, total }) =>
  JSON.stringify({ names: prompts.map(({ versions }) => versions.at(-1)?.name), total })

describeEachDatabase('Prompts', (store) => {
  const clock = standingClock()
  let guard: GuardedRoom
  beforeAll(() => {
    guard = new GuardedRoom()
  })
  afterAll(() => guard[Symbol.asyncDispose]())
  const contextFor = (caller: Caller = localCaller()) => ({
    ...contextOf(store, clock, caller),
    guard,
  })
  const unique = (word = 'p') => `${word} ${randomUUID()}`

  it('keeps every version and what each says', async () => {
    const ctx = contextFor()
    const name = unique()
    const made = await createPrompt(ctx, {
      name,
      prompt: 'one',
      schemaInput: { type: 'object' },
      options: { webSearch: true, escape: 'none' },
    })
    clock.now += 5
    const changed = await updatePrompt(ctx, made.id, { prompt: 'two' })
    expect(await getPrompt(ctx, made.id)).toEqual(changed)
    expect(changed).toMatchObject({
      createdAt: made.createdAt,
      updatedAt: made.createdAt + 5,
      versions: [
        {
          version: 1,
          prompt: 'one',
          schemaInput: '{"type":"object","additionalProperties":false}',
          createdAt: made.createdAt,
        },
        {
          version: 2,
          name,
          prompt: 'two',
          schemaInput: null,
          options: { webSearch: true, escape: 'none' },
          createdAt: made.createdAt + 5,
        },
      ],
    })
    expect(await readPromptVersion(ctx, made.id)).toMatchObject({ version: 2, prompt: 'two' })
    expect(await readPromptVersion(ctx, made.id, 1)).toMatchObject({ prompt: 'one' })
    await expect(readPromptVersion(ctx, made.id, 3)).rejects.toThrow('has no version 3')
  })

  it('moves only the time when nothing changes', async () => {
    const ctx = contextFor()
    const made = await createPrompt(ctx, { name: unique(), prompt: 'one' })
    clock.now += 1
    const same = await updatePrompt(ctx, made.id, { prompt: 'one' })
    expect(same).toEqual({ ...made, updatedAt: made.updatedAt + 1 })
    expect(await getPrompt(ctx, made.id)).toEqual(same)
  })

  it('gives each of many changes at once a version of its own', async () => {
    const ctx = contextFor()
    const { id } = await createPrompt(ctx, { name: unique(), prompt: 'start' })
    const texts = Array.from({ length: 12 }, (_, index) => `text ${index}`)
    await Promise.all(texts.map((prompt) => updatePrompt(ctx, id, { prompt })))
    const { versions } = await getPrompt(ctx, id)
    expect(versions.map(({ version }) => version)).toEqual(
      Array.from({ length: 13 }, (_, i) => i + 1),
    )
    expect(
      versions
        .slice(1)
        .map(({ prompt }) => prompt)
        .toSorted(),
    ).toEqual(texts.toSorted())
  })

  it('lets one of several prompts of the same name in', async () => {
    const ctx = contextFor()
    const name = unique()
    const results = await Promise.allSettled(
      Array.from({ length: 8 }, () => createPrompt(ctx, { name, prompt: 'x' })),
    )
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    const other = await createPrompt(ctx, { name: unique(), prompt: 'x' })
    await expect(updatePrompt(ctx, other.id, { name })).rejects.toMatchObject({ code: 'conflict' })
  })

  it('refuses a template and a schema that cannot be used, and keeps nothing', async () => {
    const ctx = contextFor()
    const name = unique()
    await expect(createPrompt(ctx, { name, prompt: '{{#a}}' })).rejects.toMatchObject({
      code: 'invalid',
    })
    expect(await searchPrompts(ctx, name)).toEqual([])
    const { id } = await createPrompt(ctx, { name, prompt: 'x' })
    const schemaInput = { $ref: 'http://127.0.0.1:1/' }
    await expect(updatePrompt(ctx, id, { schemaInput })).rejects.toMatchObject({ code: 'invalid' })
    expect((await getPrompt(ctx, id)).versions).toHaveLength(1)
  })

  it('finds, sorts and pages', async () => {
    const ctx = contextFor()
    const mark = randomUUID()
    for (const name of ['B', 'a', 'C']) {
      clock.now += 1
      await createPrompt(ctx, { name: `${name} ${mark}`, prompt: `text of ${name}` })
    }
    const page = async (asked: Partial<Parameters<typeof pageOfPrompts.run>[1]>) => {
      const query = { orderBy: 'created_at', order: 'desc', limit: 10, offset: 0 } as const
      const writer = { module: import.meta.url, name: 'writeNames' }
      const input = { ...query, search: mark.toUpperCase(), ...asked, writer }
      const { text } = await store.db.read((tx) => pageOfPrompts.run(tx, input))
      return JSON.parse(new TextDecoder().decode(text))
    }
    const names = (...words: string[]) => words.map((word) => `${word} ${mark}`)
    expect(await page({})).toEqual({ names: names('C', 'a', 'B'), total: 3 })
    expect(await page({ order: 'asc', limit: 1, offset: 1 })).toEqual({
      names: names('a'),
      total: 3,
    })
    expect(await page({ orderBy: 'name', order: 'asc' })).toEqual({
      names: names('B', 'C', 'a'),
      total: 3,
    })
    expect(await page({ offset: 3 })).toEqual({ names: [], total: 3 })
    expect(await page({ search: `C_${mark.slice(0, 8)}%` })).toEqual({
      names: names('C'),
      total: 1,
    })
    expect((await searchPrompts(ctx, mark)).map(({ versions }) => versions[0]?.name)).toEqual(
      names('C', 'a', 'B'),
    )
    expect((await recentPrompts(ctx, 2)).map(({ versions }) => versions[0]?.name)).toEqual(
      names('C', 'a'),
    )
    expect((await promptSelectList(ctx)).slice(0, 3).map(({ name }) => name)).toEqual(
      names('C', 'a', 'B'),
    )
  })

  it('deletes a prompt with its versions', async () => {
    const ctx = contextFor()
    const { id } = await createPrompt(ctx, { name: unique(), prompt: 'x' })
    await deletePrompt(ctx, id)
    await expect(getPrompt(ctx, id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(deletePrompt(ctx, id)).rejects.toMatchObject({ code: 'not-found' })
    expect(await store.db.read((tx) => findVersion(tx, id))).toBeUndefined()
  })

  it('previews a version of its own choice', async () => {
    const ctx = contextFor()
    const { id: promptId } = await createPrompt(ctx, { name: unique(), prompt: '1 {{x}}' })
    await updatePrompt(ctx, promptId, { prompt: '2 {{x}}', options: { escape: 'none' } })
    const preview = async (rest: object) =>
      (await previewPrompt(ctx, { source: { promptId, ...rest }, userInput: '{"x":"<"}' })).text
    expect(await preview({ version: 1 })).toBe('1 &lt;')
    expect(await preview({})).toBe('2 <')
    await expect(preview({ version: 9 })).rejects.toMatchObject({ code: 'not-found' })
  })

  it('refuses whoever lacks the scope', async () => {
    const reader = contextFor(callerWith('prompts:read'))
    const writer = contextFor(callerWith('prompts:write'))
    const forbidden = { code: 'forbidden' }
    const given = { name: unique(), prompt: 'x' }
    await expect(createPrompt(reader, given)).rejects.toMatchObject(forbidden)
    await expect(updatePrompt(reader, randomUUID(), {})).rejects.toMatchObject(forbidden)
    await expect(deletePrompt(reader, randomUUID())).rejects.toMatchObject(forbidden)
    const preview = { source: { text: 'x' }, userInput: '1' }
    await expect(previewPrompt(reader, preview)).rejects.toMatchObject(forbidden)
    await expect(getPrompt(writer, randomUUID())).rejects.toMatchObject(forbidden)
    await expect(searchPrompts(writer, 'x')).rejects.toMatchObject(forbidden)
    await expect(recentPrompts(writer, 1)).rejects.toMatchObject(forbidden)
    await expect(promptSelectList(writer)).rejects.toMatchObject(forbidden)
    await expect(hasPrompts(writer)).rejects.toMatchObject(forbidden)
  })
})
