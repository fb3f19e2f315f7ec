import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { executionWriter } from '../../../test/support/execution-writers.ts'
import {
  pendingExecution,
  sampledAt,
  sampleExecution,
  storeExecutions,
} from '../../../test/support/sample-executions.ts'
import { parseObject } from '../../platform/json.ts'
import { GuardedRoom } from '../../platform/threads/guarded.ts'
import type { WrittenText } from '../../platform/threads/written-text.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import { SharedReads } from '../../platform/shared-reads.ts'
import { createPrompt, deletePrompt, updatePrompt } from '../prompts/index.ts'
import type { ExecutionQuery } from './execution-view.ts'
import {
  executionStats,
  getExecution,
  getExecutionText,
  listBundles,
  listExecutions,
  tableOfExecutions,
} from './read-executions.ts'

const newest = { orderBy: 'created_at', order: 'desc', limit: 10, offset: 0 } as const

describeEachDatabase('Executions', (store) => {
  let guard: GuardedRoom
  beforeAll(() => {
    guard = new GuardedRoom()
  })
  afterAll(() => guard[Symbol.asyncDispose]())
  const as = (caller: Caller = localCaller()) => ({
    ...contextOf(store, standingClock(), caller),
    guard,
    pages: new SharedReads<WrittenText>(),
  })
  const listed = async (query: Partial<ExecutionQuery>) => {
    const { text } = await listExecutions(
      as(),
      { ...newest, ...query },
      executionWriter('writeIds'),
    )
    return parseObject(new TextDecoder().decode(text))
  }
  /** Names rows of one test, so that those of others do not count. */
  const ownModel = () => ({ deployment_id: randomUUID() })
  const newPrompt = (name: string) => createPrompt(as(), { name, prompt: 'Hi {{name}}' })

  it('shows the prompt as the version that ran calls itself, while it exists', async () => {
    const first = `first ${randomUUID()}`
    const { id: promptId } = await newPrompt(first)
    await updatePrompt(as(), promptId, { name: `second ${promptId}` })
    const versions = [1, 2, 3]
    const ids = await storeExecutions(
      store.db,
      versions.map((prompt_version) =>
        sampleExecution({ prompt_id: promptId, prompt_version, prompt_text: null }),
      ),
    )
    const shown = async () => {
      const executions = await Promise.all(ids.map((id) => getExecution(as(), id)))
      return executions.map(({ prompt }) => prompt)
    }
    const second = { name: `second ${promptId}`, version: 2 }
    expect(await shown()).toEqual([{ name: first, version: 1 }, second, null])
    await deletePrompt(as(), promptId)
    expect(await shown()).toEqual([null, null, null])
  })

  it('shows a direct text, which has no prompt', async () => {
    const [id = ''] = await storeExecutions(store.db, [sampleExecution()])
    expect(await getExecution(as(), id)).toMatchObject({
      promptText: 'Say hi',
      prompt: null,
      userInput: '',
      costUsd: 0.25,
    })
    const { text } = await getExecutionText(as(), id, executionWriter('writeOne'))
    expect(new TextDecoder().decode(text)).toContain(id)
    const missing = { code: 'not-found' }
    await expect(getExecution(as(), randomUUID())).rejects.toMatchObject(missing)
    const noText = getExecutionText(as(), randomUUID(), executionWriter('writeOne'))
    await expect(noText).rejects.toMatchObject(missing)
  })

  it('are listed in a stable order, page by page', async () => {
    const own = ownModel()
    const same = Array.from({ length: 5 }, () => sampleExecution(own))
    const ids = await storeExecutions(store.db, [
      ...same,
      sampleExecution({ ...own, created_at: sampledAt - 10 }),
    ])
    const deploymentId = own.deployment_id
    const page = { limit: 4, deploymentId }
    expect(await listed({ ...page, order: 'asc' })).toEqual({
      ids: [ids[5], ids[0], ids[1], ids[2]],
      total: 6,
      limit: 4,
      offset: 0,
    })
    expect(await listed({ ...page, offset: 4 })).toMatchObject({ ids: [ids[0], ids[5]], total: 6 })
    expect(await listed({ ...page, offset: 8 })).toMatchObject({ ids: [], total: 6 })
  })

  it('that have not begun come first in an ascending order, and last in the other', async () => {
    const own = ownModel()
    const [done, waiting] = await storeExecutions(store.db, [
      sampleExecution(own),
      pendingExecution(own),
    ])
    for (const orderBy of ['started_at', 'completed_at'] as const) {
      const query = { orderBy, deploymentId: own.deployment_id }
      expect(await listed({ ...query, order: 'asc' })).toMatchObject({ ids: [waiting, done] })
      expect(await listed({ ...query, order: 'desc' })).toMatchObject({ ids: [done, waiting] })
    }
  })

  it('are found by all that is asked for', async () => {
    const own = ownModel()
    const [promptId, testGroupId, bundleId] = [randomUUID(), randomUUID(), randomUUID()]
    const ids = await storeExecutions(store.db, [
      sampleExecution({ ...own, prompt_id: promptId, prompt_version: 1, starred: 1 }),
      sampleExecution({ ...own, prompt_id: promptId, prompt_version: 2, starred: 0 }),
      pendingExecution({ ...own, test_group_id: testGroupId, provider: 'gemini' }),
      sampleExecution({ ...own, bundle_id: bundleId, bundle_position: 0, status: 'failed' }),
    ])
    const [first, second, third, fourth] = ids
    const found = async (query: Partial<ExecutionQuery>) =>
      (await listed({ deploymentId: own.deployment_id, order: 'asc', ...query }))['ids']
    expect(await found({})).toEqual(ids)
    expect(await found({ status: 'completed' })).toEqual([first, second])
    expect(await found({ provider: 'gemini' })).toEqual([third])
    expect(await found({ provider: `gem\0ini' or 1=1` })).toEqual([])
    expect(await found({ promptId })).toEqual([first, second])
    expect(await found({ promptId, promptVersion: 2 })).toEqual([second])
    expect(await found({ testGroupId })).toEqual([third])
    expect(await found({ bundleId })).toEqual([fourth])
    expect(await found({ isStarred: true })).toEqual([first])
    expect(await found({ isStarred: false })).toEqual([second])
    expect(await found({ ids: [third ?? '', first ?? '', 'none'] })).toEqual([first, third])
    expect(await found({ ids: [third ?? ''], status: 'completed' })).toEqual([])
  })

  it('come as a table of all that match, in more than one piece', async () => {
    const own = ownModel()
    const { id: promptId } = await newPrompt(`table ${randomUUID()}`)
    const prompted = { ...own, prompt_id: promptId, prompt_version: 1 }
    const ids = await storeExecutions(
      store.db,
      Array.from({ length: 250 }, () => sampleExecution(prompted)),
    )
    const query = { deploymentId: own.deployment_id, orderBy: 'created_at', order: 'asc' } as const
    const pieces = await Array.fromAsync(
      await tableOfExecutions(as(), query, executionWriter('writeRows')),
    )
    expect(pieces.length).toBeGreaterThan(1)
    const text = Buffer.concat(pieces).toString()
    expect(text).toBe(ids.map((id) => `${id} Hi {{name}}\n`).join(''))
  })

  it('come as a table in pieces of a size, however long they are', async () => {
    const own = ownModel()
    const userInput = 'x'.repeat(5 * 1024 * 1024)
    const sizes = [1, 1, 1, 1, 0, 0]
    const ids = await storeExecutions(
      store.db,
      sizes.map((size) => sampleExecution({ ...own, user_input: size === 1 ? userInput : '' })),
    )
    const query = { deploymentId: own.deployment_id, orderBy: 'created_at', order: 'asc' } as const
    const rows = await tableOfExecutions(as(), query, executionWriter('writeRows'))
    const pieces = await Array.fromAsync(rows, (piece) => Buffer.from(piece).toString())
    const lines = ids.map((id) => `${id} null\n`)
    expect(pieces).toEqual([lines.slice(0, 3).join(''), lines.slice(3).join('')])
  })

  it('refuse a page that no text can hold', async () => {
    const own = ownModel()
    const result = 'x'.repeat(2 * 1024 * 1024)
    await storeExecutions(
      store.db,
      Array.from({ length: 101 }, () => sampleExecution({ ...own, result: 'short' })),
    )
    const query = { deploymentId: own.deployment_id, limit: 100 }
    expect(await listed(query)).toMatchObject({ total: 101 })
    for (let count = 0; count < 35; count += 5) {
      const rows = Array.from({ length: 5 }, () => sampleExecution({ ...own, result }))
      await storeExecutions(store.db, rows)
    }
    await expect(listed(query)).rejects.toMatchObject({ code: 'invalid' })
    expect(await listed({ ...query, limit: 2 })).toMatchObject({ total: 136 })
  })

  it('are counted by status and provider', async () => {
    await store.db.write((tx) => tx.db.deleteFrom('executions').execute())
    const none = { pending: 0, running: 0, completed: 0, failed: 0 }
    expect(await executionStats(as())).toEqual({ total: 0, byStatus: none, byProvider: {} })
    await storeExecutions(store.db, [
      sampleExecution(),
      sampleExecution({ status: 'failed' }),
      pendingExecution({ provider: 'gemini' }),
    ])
    expect(await executionStats(as())).toEqual({
      total: 3,
      byStatus: { pending: 1, running: 0, completed: 1, failed: 1 },
      byProvider: { gemini: 1, openai: 2 },
    })
  })

  it('of a bundle are listed in the order they were made, the newest bundle first', async () => {
    const [group, prompt, other] = [randomUUID(), randomUUID(), randomUUID()]
    const bundle = (id: string, test_group_id: string, created_at: number) => ({
      id,
      test_group_id,
      prompt_id: prompt,
      created_by: null,
      created_at,
      updated_at: created_at,
    })
    const [older, newer, empty] = [randomUUID(), randomUUID(), randomUUID()]
    await store.db.write((tx) =>
      tx.insertMany('execution_bundles', [
        bundle(older, group, 1),
        bundle(newer, group, 2),
        bundle(empty, other, 3),
      ]),
    )
    const member = (bundle_id: string, bundle_position: number) =>
      sampleExecution({ bundle_id, bundle_position })
    const [third, first, second, only] = await storeExecutions(store.db, [
      member(older, 2),
      member(older, 0),
      member(older, 1),
      member(newer, 0),
    ])
    const found = async (query: { testGroupId?: string; promptId?: string }) => {
      const { text } = await listBundles(as(), query, executionWriter('writeBundles'))
      return parseObject(new TextDecoder().decode(text))['bundles']
    }
    const ofGroup = [
      expect.objectContaining({ id: newer, executionIds: [only] }),
      expect.objectContaining({ id: older, executionIds: [first, second, third] }),
    ]
    expect(await found({ testGroupId: group })).toEqual(ofGroup)
    expect(await found({ testGroupId: other, promptId: prompt })).toEqual([
      expect.objectContaining({ id: empty, executionIds: [] }),
    ])
    expect(await found({ promptId: prompt })).toHaveLength(3)
    expect(await found({ testGroupId: group, promptId: randomUUID() })).toEqual([])
  })

  it('are for callers who may read them', async () => {
    const other = as(callerWith('prompts:read', 'executions:run'))
    const refused = { code: 'forbidden' }
    await expect(getExecution(other, randomUUID())).rejects.toMatchObject(refused)
    const noText = getExecutionText(other, randomUUID(), executionWriter('writeOne'))
    await expect(noText).rejects.toMatchObject(refused)
    const page = listExecutions(other, newest, executionWriter('writeIds'))
    await expect(page).rejects.toMatchObject(refused)
    const table = tableOfExecutions(other, newest, executionWriter('writeRows'))
    await expect(table).rejects.toMatchObject(refused)
    await expect(executionStats(other)).rejects.toMatchObject(refused)
    const bundles = listBundles(other, { promptId: 'p' }, executionWriter('writeBundles'))
    await expect(bundles).rejects.toMatchObject(refused)
  })
})
