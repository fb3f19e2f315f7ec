import {
  discoveredNames,
  listCachedFiles,
  listPullableFiles,
  pullFile,
  readPresets,
} from '../features/model-files/index.ts'
import { systemClock } from '../platform/clock.ts'
import { chooseFile, withoutShortName } from './choose-model-file.ts'
import type { Command, Config } from './config.ts'
import { hubDirOf, hubOptionsOf, presetsPathOf } from './model-places.ts'
import { ProgressDisplay, type Progress } from './progress-display.ts'
import { sizeWords } from './size-words.ts'
import type { Speech } from './speech.ts'

type Pull = Extract<Command, { name: 'models pull' }>

interface PullSpeech extends Speech {
  /** Of the terminal that progress is shown on; null where there is none. */
  readonly columns: number | null
}

/** `models pull`: goes on where an earlier one stopped. A signal stops it, and keeps what has come. */
export async function pullModel(config: Config, pull: Pull, speech: PullSpeech): Promise<void> {
  const stop = new AbortController()
  using _signals = stopOnSignal(stop)
  let last: Progress | undefined
  const onProgress = (progress: Progress): void => void (last = progress)
  try {
    const said = await carryOut(config, pull, { speech, onProgress, signal: stop.signal })
    speech.print(`${said}\n`)
  } catch (error) {
    if (!stop.signal.aborted) throw error
    const kept = last ? ` at ${sizeWords(last.bytes)} of ${sizeWords(last.totalBytes)}` : ''
    speech.printProgress(
      `Stopped${kept}: what has come is kept, the same command goes on from there\n`,
    )
    process.exitCode = 130
  }
}

interface Course {
  readonly speech: PullSpeech
  readonly onProgress: (progress: Progress) => void
  readonly signal: AbortSignal
}

/** Gives what was done, in one line. */
async function carryOut(config: Config, pull: Pull, course: Course): Promise<string> {
  const { speech, onProgress, signal } = course
  const { columns, printProgress: write } = speech
  write(
    `Asking ${config.hfEndpoint} for ${pull.model.kind === 'short' ? pull.model.name : pull.model.repo}\n`,
  )
  const { repo, filename, revision } = await fileToPull(config, pull, signal)
  using display = new ProgressDisplay({ write, columns, clock: systemClock })
  const { file, wasThere } = await pullFile({
    repo,
    filename,
    revision,
    hub: hubOptionsOf(config),
    hubDir: hubDirOf(config),
    signal,
    onProgress(progress) {
      onProgress(progress)
      display.show(progress)
    },
  })
  const done = wasThere ? 'Already here' : 'Downloaded'
  return `${done}: ${await nameOf(config, file.path)}, ${sizeWords(file.sizeBytes ?? 0)}`
}

async function fileToPull(config: Config, pull: Pull, signal: AbortSignal) {
  const model = withoutShortName(pull.model, await readPresets(presetsPathOf(config)))
  const { repo } = model
  const revision = pull.revision ?? model.revision
  if (model.kind === 'file') return { repo, filename: model.filename, revision }
  const hub = hubOptionsOf(config)
  const files = await listPullableFiles({ hub, repo, ...(revision && { revision }), signal })
  return { repo, filename: chooseFile(model, files).filename, revision }
}

/** The name by which a model can be asked for; its path, where it has none. */
async function nameOf(config: Config, path: string): Promise<string> {
  const files = await listCachedFiles(hubDirOf(config), systemClock.nowSeconds())
  const named = [...discoveredNames(files)].find(([, file]) => file.path === path)
  return named?.[0] ?? path
}

/** The first signal stops what runs; the second ends the process, as without this. */
function stopOnSignal(stop: AbortController): Disposable {
  const onSignal = (): void => stop.abort()
  process.once('SIGINT', onSignal)
  process.once('SIGTERM', onSignal)
  return {
    [Symbol.dispose]() {
      process.off('SIGINT', onSignal)
      process.off('SIGTERM', onSignal)
    },
  }
}
