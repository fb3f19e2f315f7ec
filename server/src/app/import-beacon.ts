/** Taking over what an earlier Beacon on this machine left, once; its files stay as they are. */
import { jobCaller, type Caller } from '../features/identity/index.ts'
import { importBeaconKeys } from '../features/models/index.ts'
import { importBeaconReplays } from '../features/replay/index.ts'
import { importBeaconDatabase, type BeaconDatabaseImport } from '../features/traces/index.ts'
import type { Log } from '../platform/log/create-log.ts'
import type { Context } from './context.ts'

const beaconCaller = (): Caller => jobCaller('beacon-import', ['settings:manage', 'traces:write'])

/** Provider keys; quick enough to be done before the server answers. */
export async function importBeaconSettings(context: Context): Promise<void> {
  const { config, log } = context
  if (config.beaconConfig === undefined) return
  const result = await importBeaconKeys({ ...context, caller: beaconCaller() }, config.beaconConfig)
  if (result.outcome === 'imported' && result.providers.length > 0) {
    log.info({ providers: result.providers }, 'provider keys of Beacon were taken over')
  }
  if (result.outcome === 'unusable-file') {
    log.warn({ path: config.beaconConfig }, 'the Beacon configuration cannot be read')
  }
}

/** Traces; they arrive while the server already answers. Never throws. */
export async function importBeaconTraces(context: Context, signal: AbortSignal): Promise<void> {
  const { config, log, workroom } = context
  const path = config.beaconDatabase
  if (path === undefined) return
  try {
    const result = await importBeaconDatabase(
      { ...context, caller: beaconCaller() },
      {
        path,
        workroom,
        signal,
        scratchDir: config.dataDir,
        onProgress: ({ spans }, spansInFile) =>
          log.info({ path, spans, spansInFile }, 'taking over the Beacon database'),
      },
    )
    report(log, path, result)
    await importReplays(context, signal)
  } catch (error) {
    log.warn(
      { err: error, path },
      'the Beacon database could not be taken over; the next start tries again',
    )
  }
}

async function importReplays(context: Context, signal: AbortSignal): Promise<void> {
  const { config, log, workroom } = context
  const options = { workroom, signal, scratchDir: config.dataDir }
  const result = await importBeaconReplays({ ...context, caller: beaconCaller() }, options)
  if (result.outcome === 'imported') log.info(result, 'replays of Beacon were taken over')
  if (result.outcome === 'unusable-file') log.warn(result, 'replays of Beacon cannot be read')
}

function report(log: Log, path: string, result: BeaconDatabaseImport): void {
  switch (result.outcome) {
    case 'done-before':
    case 'no-file':
    case 'stopped':
      return
    case 'unusable-file':
      log.warn({ path, reason: result.reason }, 'the Beacon database cannot be read')
      return
    case 'incomplete':
      log.warn(
        { path, ...result },
        'some of the Beacon database could not be taken over; the next start tries again',
      )
      return
    case 'imported':
      log.info({ path, ...result }, 'the Beacon database was taken over')
  }
}
