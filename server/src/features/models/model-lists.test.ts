import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { standingClock } from '../../../test/support/context.ts'
import { connectionTo } from '../../../test/support/completion-context.ts'
import { startFakeProvider, type FakeProvider } from '../../../test/support/fake-provider.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import type { Upstream } from '../../platform/upstream/upstream.ts'
import { ModelLists, type KeptList, type ListSource } from './model-lists.ts'

describe('The kept lists of models', () => {
  let upstream: Upstream
  let fake: FakeProvider
  let clock = standingClock()
  let lists: ModelLists
  const faults: unknown[] = []

  beforeEach(async () => {
    upstream = openUpstream()
    fake = await startFakeProvider('openai', { models: ['first'] })
    clock = standingClock()
    lists = listsOf()
  })
  afterEach(async () => {
    await upstream[Symbol.asyncDispose]()
    await lists[Symbol.asyncDispose]()
    await fake[Symbol.asyncDispose]()
    expect(faults.splice(0)).toEqual([])
  })

  const listsOf = (waitMs = 2_000) =>
    new ModelLists({ clock, limits: { waitMs }, onError: (error) => faults.push(error) })
  const sourceOf = (name: string, url = fake.url, identity = url): ListSource => ({
    name,
    identity,
    open: () => connectionTo('openai', url),
  })
  const read = async (...sources: readonly ListSource[]) => lists.read(sources, upstream)
  const idsOf = (list: KeptList | undefined) => [...(list?.ids ?? [])]
  const listing = (...ids: readonly string[]) => {
    const data = ids.map((id) => ({ id }))
    return { type: 'raw', body: JSON.stringify({ data }) } as const
  }
  /** Asks until what runs behind the callers has changed what they get. */
  const readUntil = async (isThere: (list: KeptList | undefined) => boolean) => {
    for (;;) {
      const list = (await read(sourceOf('lab'))).get('lab')
      if (isThere(list)) return list
      await new Promise((resolve) => setImmediate(resolve))
    }
  }

  it('are asked for once by all who come while the first answer is awaited', async () => {
    const all = await Promise.all([1, 2, 3].map(() => read(sourceOf('lab'))))
    expect(all.map((each) => idsOf(each.get('lab')))).toEqual([['first'], ['first'], ['first']])
    expect(fake.listRequests.length).toBe(1)
  })

  it('are fresh for five minutes, then given as they are while a newer one is fetched', async () => {
    await read(sourceOf('lab'))
    clock.now += 299
    fake.whenListed(listing('second'))
    expect(idsOf((await read(sourceOf('lab'))).get('lab'))).toEqual(['first'])
    expect(fake.listRequests.length).toBe(1)
    clock.now += 2
    expect(idsOf((await read(sourceOf('lab'))).get('lab'))).toEqual(['first'])
    await readUntil((list) => list?.ids.has('second') === true)
    expect(fake.listRequests.length).toBe(2)
  })

  it('stay when a provider fails, which is told and tried again half a minute later', async () => {
    await read(sourceOf('lab'))
    clock.now += 301
    fake.whenListed({ type: 'status', status: 500 })
    const failed = await readUntil((list) => list?.answer?.status !== 'listed')
    expect(failed).toMatchObject({ answer: { status: 'unlisted' }, checkedAt: clock.now })
    expect(idsOf(failed)).toEqual(['first'])
    fake.whenListed(listing('back'))
    clock.now += 29
    await read(sourceOf('lab'))
    expect(fake.listRequests.length).toBe(2)
    clock.now += 2
    await readUntil((list) => list?.ids.has('back') === true)
    expect(fake.listRequests.length).toBe(3)
  })

  it('do not wait for a provider that is silent, and take its answer when it comes', async () => {
    await using slow = await startFakeProvider('openai', { models: ['slow'] })
    const { promise, resolve } = Promise.withResolvers<void>()
    slow.whenListed(async () => {
      await promise
      return listing('late')
    })
    lists = listsOf(20)
    const both = await read(sourceOf('lab'), sourceOf('slow', slow.url))
    expect(idsOf(both.get('lab'))).toEqual(['first'])
    expect(both.get('slow')).toMatchObject({ answer: null, checkedAt: null, models: [] })
    resolve()
    let list: KeptList | undefined
    while (!list?.ids.has('late')) {
      list = (await read(sourceOf('lab'), sourceOf('slow', slow.url))).get('slow')
      await new Promise((done) => setImmediate(done))
    }
    expect(slow.listRequests.length).toBe(1)
  })

  it('wait for a silent provider once, however often they are read', async () => {
    fake.whenListed({ type: 'hang' })
    lists = listsOf(20)
    await read(sourceOf('lab'))
    const again = read(sourceOf('lab')).then(() => 'at once')
    const later = new Promise((resolve) => setImmediate(() => resolve('after a wait')))
    expect(await Promise.race([again, later])).toBe('at once')
  })

  it('answer at once where nothing listens', async () => {
    const dead = await startFakeProvider('openai')
    const { url } = dead
    await dead[Symbol.asyncDispose]()
    const both = await read(sourceOf('dead', url), sourceOf('lab'))
    expect(both.get('dead')?.answer).toMatchObject({ status: 'unreachable' })
    expect(idsOf(both.get('lab'))).toEqual(['first'])
  })

  it('are asked for anew when address or key change, and the answer to the old is not kept', async () => {
    const { promise, resolve } = Promise.withResolvers<void>()
    fake.whenListed(async ({ index }) => {
      expect(index).toBe(0)
      await promise
      return listing('old')
    })
    const old = read(sourceOf('lab'))
    await fake.untilListed()
    await using other = await startFakeProvider('openai', { models: ['new'] })
    const renewed = sourceOf('lab', other.url)
    expect(idsOf((await read(renewed)).get('lab'))).toEqual(['new'])
    resolve()
    await old
    expect(idsOf((await read(renewed)).get('lab'))).toEqual(['new'])
  })

  it('are forgotten with their connection', async () => {
    await read(sourceOf('lab'), sourceOf('other'))
    await read(sourceOf('other'))
    await read(sourceOf('lab'), sourceOf('other'))
    expect(fake.listRequests.length).toBe(3)
  })

  it('can be asked for at once, and are then kept', async () => {
    const answer = await lists.check(sourceOf('lab'), upstream, 1_000)
    expect(answer).toMatchObject({ status: 'listed' })
    await read(sourceOf('lab'))
    expect(fake.listRequests.length).toBe(1)
  })

  it('report a bug to the log and to no caller', async () => {
    const broken: ListSource = {
      ...sourceOf('lab'),
      open: () => {
        throw new TypeError('a bug')
      },
    }
    const list = (await read(broken)).get('lab')
    expect(list?.answer).toEqual({ status: 'unreachable', reason: 'It could not be asked' })
    expect(faults.splice(0)).toEqual([new TypeError('a bug')])
  })

  it('end their questions when the server stops', async () => {
    fake.whenListed({ type: 'hang' })
    lists = listsOf(20)
    await read(sourceOf('lab'))
    await lists[Symbol.asyncDispose]()
    expect((await read(sourceOf('lab'))).get('lab')?.answer).toMatchObject({
      status: 'unreachable',
    })
  })
})
