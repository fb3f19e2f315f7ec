import { randomUUID } from 'node:crypto'
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { JobStage } from '../../../test/support/job-stage.ts'
import { systemClock } from '../../platform/clock.ts'
import type { JobType } from '../../platform/jobs/job-type.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import { uploadFile } from '../files/index.ts'
import { createGroup, deleteGroup } from './change-groups.ts'
import { importFile, importJobs } from './import-job.ts'
import { itemsOfGroup } from './item-store.ts'

describeEachDatabase('A file of test data', (store) => {
  let stage: JobStage
  let workroom: Workroom
  beforeAll(async () => {
    stage = await JobStage.open(store.location)
    workroom = new Workroom((error) => {
      throw error
    })
  })
  afterEach(() => stage.clear())
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await workroom[Symbol.asyncDispose]()
  })

  const as = () => ({ ...contextOf(stage, systemClock), workroom })

  async function planted(text: string) {
    const { id: groupId } = await createGroup(as(), {
      name: randomUUID(),
      description: null,
      mode: 'json',
    })
    const data = Buffer.from(text)
    const file = await uploadFile(as(), {
      name: 'lines',
      originalName: 'lines.jsonl',
      mimeType: 'application/x-ndjson',
      sizeBytes: data.length,
      data: data.toString('base64'),
      description: null,
      tags: null,
    })
    return { groupId, fileId: file.id, format: 'jsonl' } as const
  }

  const contentsOf = async (groupId: string) => {
    const items = await stage.db.read((tx) => itemsOfGroup(tx, groupId))
    return items.map(({ content }) => content)
  }

  /** What a job of an engine with this type comes to. */
  async function ended(type: JobType, given: Parameters<typeof importFile>[1]) {
    const jobs = stage.engine([type])
    const id = await importFile({ ...as(), jobs }, given)
    return vi.waitFor(
      async () => {
        const job = await stage.job(id)
        expect(['completed', 'failed']).toContain(job.status)
        return job
      },
      { timeout: 20_000 },
    )
  }

  it('is read by a job, with its refusals', async () => {
    const lines = Array.from({ length: 2500 }, (_, index) => `{"n":${index}}`)
    const given = await planted(['{bad', ...lines].join('\n'))
    const job = await ended(importJobs(as()), given)
    expect(job).toMatchObject({
      status: 'completed',
      result: { created: 2500, refusedCount: 1, refused: [{ row: 1 }] },
    })
    expect(await contentsOf(given.groupId)).toEqual(lines)
  })

  it('is in the group once when its job had to run twice', async () => {
    const lines = Array.from({ length: 1500 }, (_, index) => `${index}`)
    const given = await planted(lines.join('\n'))
    const once = importJobs(as())
    const twice: typeof once = {
      ...once,
      run: async (job) => {
        await once.run(job)
        return once.run(job)
      },
    }
    expect(await ended(twice, given)).toMatchObject({ status: 'completed' })
    expect((await contentsOf(given.groupId)).length).toBe(1500)
  })

  it('fails its job when the group has gone', async () => {
    const given = await planted('1')
    const type = importJobs(as())
    const late: typeof type = {
      ...type,
      run: async (job) => {
        await deleteGroup(as(), given.groupId)
        return type.run(job)
      },
    }
    const job = await ended(late, given)
    expect(job).toMatchObject({ status: 'failed', error: expect.stringContaining('no group') })
  })

  it('must be there, and be one that the caller may read', async () => {
    const given = await planted('1')
    const jobs = stage.engine([])
    const missing = { code: 'not-found' }
    const other = { ...given, fileId: randomUUID() }
    await expect(importFile({ ...as(), jobs }, other)).rejects.toMatchObject(missing)
    const nowhere = { ...given, groupId: randomUUID() }
    await expect(importFile({ ...as(), jobs }, nowhere)).rejects.toMatchObject(missing)
    for (const caller of [callerWith('data:write'), callerWith('files:read')]) {
      const asked = importFile({ ...as(), jobs, caller }, given)
      await expect(asked).rejects.toMatchObject({ code: 'forbidden' })
    }
  })
})
