import { randomUUID } from 'node:crypto'
import { expect, it } from 'vitest'
import {
  addBeaconRows,
  beaconSpan,
  beaconTrace,
  openBeaconDatabase,
  type BeaconRow,
} from '../../../test/support/beacon-file.ts'
import { beaconImports } from '../../../test/support/beacon-import.ts'
import { callerWith } from '../../../test/support/caller.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { importBeaconReplays } from './import-beacon-replays.ts'
import { listReplays } from './read-replays.ts'

function beaconReplay(spanId: string, fields: BeaconRow = {}): BeaconRow {
  return {
    replay_id: randomUUID(),
    original_span_id: spanId,
    trace_id: 'whatever',
    modified_input: '{"llm.temperature": NaN}',
    new_output: '{"llm.completion": "Hello"}',
    diff: '{"old_completion": "", "new_completion": "Hello", "changed": true}',
    created_at: 1234.5,
    ...fields,
  }
}

describeEachDatabase('importing the replays of a Beacon database', (store) => {
  const imports = beaconImports(store)
  const caller = callerWith('traces:read', 'traces:write')
  const takeOver = () =>
    importBeaconReplays(
      { ...imports.context(), caller },
      {
        workroom: imports.workroom,
        scratchDir: imports.scratchDir,
        signal: new AbortController().signal,
      },
    )

  it('has nothing to do before the traces are there, takes all over, and does so once', async () => {
    const [trace, span] = [randomUUID(), randomUUID()]
    const runs = Array.from({ length: 450 }, () => beaconReplay(span))
    const odd = beaconReplay(span, { diff: 'no json', created_at: 9999 })
    const file = openBeaconDatabase(imports.path, 'newest', {
      traces: [beaconTrace(trace)],
      spans: [beaconSpan(span, trace)],
      replay_runs: [...runs, odd, beaconReplay('gone')],
    })
    expect(await takeOver()).toEqual({ outcome: 'nothing-to-do' })
    expect(await imports.run()).toMatchObject({ outcome: 'imported', replays: 452 })
    expect(await takeOver()).toEqual({ outcome: 'imported', replays: 451 })
    addBeaconRows(file, { replay_runs: [beaconReplay(span)] })
    file.close()
    expect(await takeOver()).toEqual({ outcome: 'nothing-to-do' })

    const page = { limit: 2, offset: 0 }
    const listed = await listReplays({ db: store.db, caller }, span, page)
    expect(listed.total).toBe(451)
    expect(listed.runs[0]).toMatchObject({
      replayId: odd['replay_id'],
      diffJson: '{"beacon.unreadable":"no json"}',
    })
    expect(listed.runs[1]).toMatchObject({
      originalSpanId: span,
      traceId: trace,
      replaySpanId: null,
      modifiedInputJson: '{"llm.temperature":null}',
      createdAt: 1234.5,
    })
  })

  it('is refused to a caller that may not write traces', async () => {
    const reading = callerWith('traces:read')
    const options = {
      workroom: imports.workroom,
      scratchDir: imports.scratchDir,
      signal: new AbortController().signal,
    }
    await expect(
      importBeaconReplays({ ...imports.context(), caller: reading }, options),
    ).rejects.toMatchObject({ code: 'forbidden' })
  })
})
