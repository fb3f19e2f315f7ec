import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { callerWith, ownerCaller } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { FakeHf, workedTimeline } from '../../../test/support/fake-hf.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import { openUpstream } from '../../platform/upstream/open-upstream.ts'
import { anonymousCaller, localCaller, type Caller } from '../identity/index.ts'
import { checkActivations } from './check-health.ts'
import { compareFeatures, followFeature } from './compare-features.ts'
import { deleteRun, deleteRunsBefore } from './delete-run.ts'
import { extractFeatures } from './extract-features.ts'
import { getRun, listRuns } from './list-runs.ts'
import type { RunRequest } from './plan-run.ts'
import type { ActivationContext } from './powers.ts'
import { getTopFeatures } from './read-timeline.ts'
import { runActivations } from './run-activations.ts'

const absent = {
  modelId: null,
  maxTokens: null,
  temperature: null,
  topP: null,
  topK: null,
  collectsActivations: null,
  isSaeInline: null,
  saeId: null,
  saeLayer: null,
  saeTopK: null,
  saeLocalPath: null,
  requestId: null,
}

const page = { limit: 50, after: undefined }
const everything = { saeLayer: undefined, count: 50 }
const upstreamError = (errorCode: string, status: number) => ({
  code: 'upstream',
  details: { errorCode, status },
})

describeEachDatabase('the activation explorer', (store) => {
  const clock = standingClock()
  const stay = new AbortController().signal
  const warnings: unknown[] = []
  const deaths: Error[] = []
  const workroom = new Workroom((error) => deaths.push(error))
  const upstream = openUpstream()
  let hf: FakeHf
  beforeAll(async () => {
    hf = await FakeHf.start()
  })
  beforeEach(async () => {
    warnings.length = 0
    await store.db.write(({ db }) => db.deleteFrom('activation_runs').execute())
  })
  afterAll(async () => {
    await upstream[Symbol.asyncDispose]()
    await workroom[Symbol.asyncDispose]()
    await hf[Symbol.asyncDispose]()
    expect(deaths).toEqual([])
  })

  const contextFor = (caller: Caller = localCaller(), isPublic = false): ActivationContext => ({
    ...contextOf(store, clock, caller),
    workroom,
    upstream,
    log: { warn: (...said) => warnings.push(said), error: (...said) => warnings.push(said) },
    activationServices: { hfUrl: hf.url, saeUrl: undefined, isPublic },
  })
  const run = (fields: Partial<RunRequest> = {}, ctx = contextFor(), signal = stay) =>
    runActivations(ctx, { ...absent, prompt: 'Hello', ...fields }, signal)
  const idsSeenBy = async (caller: Caller, isPublic = false) => {
    const { runs } = await listRuns(contextFor(caller, isPublic), {}, page)
    return runs.map(({ requestId }) => requestId)
  }

  it('runs a prompt and stores what fired, the completion counted without its prompt', async () => {
    const { run: done, outputText, outputTokenIds, previewRows } = await run({ requestId: 'r' })
    expect({ outputText, outputTokenIds, rows: previewRows.length }).toEqual({
      outputText: 't300',
      outputTokenIds: [100, 200, 300],
      rows: 7,
    })
    expect(done).toMatchObject({ outputTokens: 1, rowsCount: 7, featuresCount: 5, status: 'ok' })
    expect(done.topFeatures).toEqual([20, 10, 40, 30, 50])
    expect(done.hfModelId).toBe('fake/served-model')
    expect(await getRun(contextFor(), 'r')).toEqual(done)
    const [best] = await getTopFeatures(contextFor(), 'r', everything)
    expect(best).toEqual({ featureId: 20, max: 5, hits: 2 })
  })

  it('counts all activations and previews the first 500', async () => {
    const top_features = Array.from({ length: 30 }, (_, id) => ({ id, activation: 30 - id }))
    const feature_timeline = Array.from({ length: 40 }, (_, position) => {
      return { position, token: position, token_str: 'x', top_features }
    })
    hf.next({ type: 'answer', body: { feature_timeline } })
    const { run: done, previewRows, outputText } = await run()
    expect(done).toMatchObject({ rowsCount: 1200, featuresCount: 30, hfModelId: null })
    expect(done.topFeatures).toEqual(Array.from({ length: 20 }, (_, id) => id))
    expect(previewRows.length).toBe(500)
    expect(outputText).toBe('')
    expect(done.requestId).toMatch(/^ax-[0-9a-f]{32}$/)
  })

  it('keeps texts that no database stores as they are', async () => {
    const token_str = '\0\ud800'
    const feature_timeline = [{ ...workedTimeline[0], token_str }]
    const body = { output_text: token_str, model_id: token_str, feature_timeline }
    hf.next({ type: 'answer', body })
    const { outputText } = await run({ prompt: 'a\0b', modelId: 'm\0', requestId: 'odd' })
    expect(outputText).toBe(token_str)
    expect(await getRun(contextFor(), 'odd')).toMatchObject({
      modelId: 'm\ufffd',
      hfModelId: '\ufffd\ufffd',
      promptChars: 3,
    })
    const top = await getTopFeatures(contextFor(), 'odd', everything)
    expect(top.length).toBe(3)
    await expect(getRun(contextFor(), 'odd\0')).rejects.toMatchObject({ code: 'not-found' })
  })

  it('writes over a run of the same id, and an error takes away what was there', async () => {
    await run({ requestId: 'same' })
    clock.now += 10
    hf.next({ type: 'raw', status: 500, text: '{"detail":"at /srv/models"}' })
    await expect(run({ requestId: 'same', saeLocalPath: '/srv/models' })).rejects.toMatchObject(
      upstreamError('HF_BAD_RESPONSE', 502),
    )
    expect(await getRun(contextFor(), 'same')).toMatchObject({
      createdAt: clock.now,
      status: 'error',
      errorMessage: 'The HF inference service answered 500',
      rowsCount: 0,
      durationMs: 0,
      topFeatures: null,
    })
    expect(JSON.stringify(warnings)).toContain('at (path)')
    await expect(getTopFeatures(contextFor(), 'same', everything)).rejects.toMatchObject({
      code: 'not-found',
    })
    await run({ requestId: 'same' })
    expect((await getTopFeatures(contextFor(), 'same', everything)).length).toBe(5)
  })

  it('notes no run whose answer cannot be read', async () => {
    hf.next({ type: 'raw', status: 200, text: 'no json' }, { type: 'break' })
    for (let times = 0; times < 2; times += 1) {
      await expect(run()).rejects.toMatchObject(upstreamError('HF_BAD_RESPONSE', 502))
    }
    hf.next({ type: 'raw', status: 200, text: '[]' })
    await expect(run()).rejects.toMatchObject(upstreamError('HF_BAD_RESPONSE', 502))
    expect(await idsSeenBy(localCaller())).toEqual([])
  })

  it('asks once, and notes a service that cannot be reached', async () => {
    const gone = await FakeHf.start()
    const ctx = contextFor()
    const activationServices = { ...ctx.activationServices, hfUrl: gone.url }
    await gone[Symbol.asyncDispose]()
    await expect(run({ requestId: 'gone' }, { ...ctx, activationServices })).rejects.toMatchObject(
      upstreamError('HF_UNAVAILABLE', 502),
    )
    expect(await getRun(contextFor(), 'gone')).toMatchObject({ status: 'error' })
    const before = hf.requests.length
    hf.next({ type: 'raw', status: 503, text: '{}' })
    await expect(run()).rejects.toMatchObject(upstreamError('HF_BAD_RESPONSE', 502))
    expect(hf.requests.length).toBe(before + 1)
  })

  it('leaves the service when the client leaves, and stores nothing', async () => {
    const leaving = new AbortController()
    hf.next({ type: 'hang' })
    const left = hf.untilLeft(1)
    const asked = hf.untilAsked(hf.requests.length + 1)
    const running = run({ requestId: 'left' }, contextFor(), leaving.signal)
    await asked
    leaving.abort(new Error('the client went away'))
    await expect(running).rejects.toThrow('the client went away')
    await left
    expect(await idsSeenBy(localCaller())).toEqual([])
  })

  it('without a service refuses before it stores anything', async () => {
    const ctx = contextFor()
    const activationServices = { ...ctx.activationServices, hfUrl: undefined }
    await expect(run({}, { ...ctx, activationServices })).rejects.toMatchObject({
      code: 'unavailable',
      details: { errorCode: 'HF_NOT_CONFIGURED' },
    })
    expect(await idsSeenBy(localCaller())).toEqual([])
  })

  it('shows each owner their own runs, the team all of them', async () => {
    const [ann, bob] = ['ann', 'bob'].map((key) => ownerCaller(key, 'completions:run'))
    const team = callerWith('completions:run')
    if (!ann || !bob) throw new Error('two owners')
    await run({ requestId: 'anns' }, contextFor(ann))
    await run({ requestId: 'teams' }, contextFor(team))
    await run({ requestId: 'anyones' }, contextFor(anonymousCaller(), true))
    expect(await idsSeenBy(ann)).toEqual(['anns'])
    expect(await idsSeenBy(bob)).toEqual([])
    expect(await idsSeenBy(anonymousCaller(), true)).toEqual(['anyones'])
    expect((await idsSeenBy(team)).toSorted()).toEqual(['anns', 'anyones', 'teams'])

    await expect(getRun(contextFor(bob), 'anns')).rejects.toMatchObject({ code: 'not-found' })
    await expect(getTopFeatures(contextFor(bob), 'anns', everything)).rejects.toMatchObject({
      code: 'not-found',
    })
    await expect(deleteRun(contextFor(bob), 'anns')).rejects.toMatchObject({ code: 'not-found' })
    const before = hf.requests.length
    await expect(run({ requestId: 'anns' }, contextFor(bob))).rejects.toMatchObject({
      code: 'conflict',
    })
    expect(hf.requests.length).toBe(before)
    await deleteRun(contextFor(ann), 'anns')
    await deleteRun(contextFor(), 'teams')
    expect(await idsSeenBy(team)).toEqual(['anyones'])
  })

  it('lets nobody write over a run that another began meanwhile', async () => {
    const ann = contextFor(ownerCaller('ann', 'completions:run'))
    const bob = contextFor(ownerCaller('bob', 'completions:run'))
    const ends = await Promise.allSettled([
      run({ requestId: 'race' }, ann),
      run({ requestId: 'race' }, bob),
    ])
    expect(ends.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    const winner = ends[0].status === 'fulfilled' ? ann : bob
    expect(await getRun(winner, 'race')).toMatchObject({ status: 'ok' })
  })

  it('pages from the newest to the oldest, equal times by id, and filters', async () => {
    for (const [index, requestId] of ['a', 'b', 'c', 'd'].entries()) {
      clock.now += index === 2 ? 0 : 0.123
      await run({ requestId, modelId: requestId === 'a' ? 'other' : null, isSaeInline: index > 1 })
    }
    const seen: string[] = []
    let after: Parameters<typeof listRuns>[2]['after']
    do {
      const { runs, next } = await listRuns(contextFor(), {}, { limit: 1, after })
      seen.push(...runs.map(({ requestId }) => requestId))
      after = next
    } while (after)
    expect(seen).toEqual(['d', 'c', 'b', 'a'])
    const ids = async (filter: Parameters<typeof listRuns>[1]) =>
      (await listRuns(contextFor(), filter, page)).runs.map(({ requestId }) => requestId)
    expect(await ids({ modelId: 'other' })).toEqual(['a'])
    expect((await ids({ modelId: 'fake/served-model' })).length).toBe(4)
    expect(await ids({ saeEnabled: true })).toEqual(['d', 'c'])
    expect(await ids({ status: 'error' })).toEqual([])
  })

  it('finds nothing in another layer', async () => {
    await run({ requestId: 'r' })
    const question = { count: 50, saeLayer: 15 }
    expect(await getTopFeatures(contextFor(), 'r', question)).toEqual([])
    expect((await getTopFeatures(contextFor(), 'r', { ...question, saeLayer: 16 })).length).toBe(5)
    const track = { featureId: 20, saeLayer: 15, limit: 10 }
    expect(await followFeature(contextFor(), 'r', track)).toEqual([])
  })

  it('compares two runs of one layer and no others', async () => {
    const shifted = workedTimeline.slice(1)
    await run({ requestId: 'a' })
    hf.next({ type: 'answer', body: { feature_timeline: shifted } })
    await run({ requestId: 'b' })
    await run({ requestId: 'deeper', saeLayer: 20 })
    const question = {
      a: { requestId: 'a' },
      b: { requestId: 'b' },
      featureId: undefined,
      saeLayer: undefined,
      order: { by: 'abs', isDescending: true },
      limit: 1,
      offset: 1,
    } as const
    const { differences, total } = await compareFeatures(contextFor(), question)
    expect(total).toBe(5)
    expect(differences).toEqual([{ featureId: 10, aMax: 4, bMax: 4, delta: 0, aHits: 2, bHits: 1 }])
    const withB = (requestId: string) =>
      compareFeatures(contextFor(), { ...question, b: { requestId } })
    await expect(withB('deeper')).rejects.toMatchObject({ code: 'invalid' })
    await expect(withB('none')).rejects.toThrow('The other activation run does not exist')
  })

  it('extracts features without storing anything', async () => {
    const asked = { tokenIds: [1, 2], topK: 5, saeId: null, saeLayer: 3 }
    const text = new TextDecoder().decode(await extractFeatures(contextFor(), asked, stay))
    expect(JSON.parse(text)).toEqual(workedTimeline)
    expect(hf.requests.at(-1)).toEqual({
      method: 'POST',
      path: '/hf/extract',
      body: { token_ids: [1, 2], sae_layer: 3, sae_top_k: 5 },
    })
    const refused = { code: 'invalid' }
    const none = { ...asked, tokenIds: [] }
    await expect(extractFeatures(contextFor(), none, stay)).rejects.toMatchObject(refused)
    const many = { ...asked, topK: 201 }
    await expect(extractFeatures(contextFor(), many, stay)).rejects.toMatchObject(refused)
    expect(await idsSeenBy(localCaller())).toEqual([])
  })

  it('tells what answers and what does not', async () => {
    const ctx = contextFor()
    expect(await checkActivations(ctx, stay)).toEqual({
      isDatabaseReachable: true,
      isHfReachable: true,
      isSaeReachable: false,
      faults: [],
    })
    hf.healthStatus = 503
    const activationServices = { ...ctx.activationServices, saeUrl: 'http://127.0.0.1:9' }
    const { isHfReachable, faults } = await checkActivations({ ...ctx, activationServices }, stay)
    hf.healthStatus = 200
    expect(isHfReachable).toBe(false)
    expect(faults).toEqual([
      'hf inference unreachable: it answered 503',
      expect.stringMatching(/^sae service unreachable: the connection was refused/),
    ])
  })

  it('removes what is older than a time', async () => {
    await run({ requestId: 'old' })
    clock.now += 100
    await run({ requestId: 'new' })
    const ctx = contextFor(callerWith('traces:write'))
    expect(await deleteRunsBefore(ctx, clock.now, stay)).toBe(1)
    expect(await idsSeenBy(localCaller())).toEqual(['new'])
  })

  it('is refused to a caller without the scope', async () => {
    const ctx = contextFor(callerWith('logs:read'))
    const refused = { code: 'forbidden' }
    await expect(run({}, ctx)).rejects.toMatchObject(refused)
    await expect(deleteRun(ctx, 'r')).rejects.toMatchObject(refused)
    await expect(listRuns(ctx, {}, page)).rejects.toMatchObject(refused)
    await expect(deleteRunsBefore(ctx, 1, stay)).rejects.toMatchObject(refused)
    const user = contextFor(callerWith('completions:run'))
    await expect(run({ saeLocalPath: '/x' }, user)).rejects.toMatchObject(refused)
    const anybody = contextFor(anonymousCaller(), true)
    await expect(deleteRun(anybody, 'r')).rejects.toMatchObject({ code: 'unauthenticated' })
  })
})
