import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest'
import { schemaSteps } from '../../migrations/index.ts'
import { localCaller } from '../../src/features/identity/index.ts'
import { isDownloadEvent } from '../../src/features/model-files/downloads/download-events.ts'
import type { Download } from '../../src/features/model-files/downloads/download.ts'
import {
  Downloads,
  type DownloadsOptions,
} from '../../src/features/model-files/downloads/downloads.ts'
import { watchDownload } from '../../src/features/model-files/downloads/watch-download.ts'
import { ModelLibrary } from '../../src/features/model-files/model-library.ts'
import { endProcess, keepProcess } from '../../src/features/traces/index.ts'
import { createBus, type Bus } from '../../src/platform/bus/bus.ts'
import { systemClock } from '../../src/platform/clock.ts'
import type { Database } from '../../src/platform/db/database.ts'
import { randomIds } from '../../src/platform/ids.ts'
import { callerWith } from './caller.ts'
import { contextOf } from './context.ts'
import { openForTest, type TestDatabase } from './database.ts'
import { content, filename, patience } from './fake-hub-pulls.ts'
import { FakeHub } from './fake-hub.ts'

const presence = callerWith('traces:write')

type Choices = Partial<Pick<DownloadsOptions, 'onCompleted' | 'atOnce' | 'presetsPath'>>

interface Ground {
  readonly db: Database
  readonly bus: Bus
}

/** The part of a server that fetches files, as one process of those that share a database. */
class Station implements AsyncDisposable {
  readonly processId = randomIds.uuid()
  readonly warned: unknown[] = []
  readonly library: ModelLibrary
  readonly downloads: Downloads
  readonly #ground: Ground
  readonly #completed = new Set<string>()
  readonly #hearing: Disposable

  constructor(
    ground: Ground,
    place: Pick<DownloadsOptions, 'hub'> & { readonly hubDir: string } & Choices,
  ) {
    this.#ground = ground
    const { hubDir, ...given } = place
    const { db, bus } = ground
    const clock = systemClock
    const log = { warn: (details: unknown) => void this.warned.push(details) }
    this.library = new ModelLibrary({ hubDir, db, clock, log })
    const { processId, library } = this
    const powers = { patience }
    const limits = { storeEveryMs: 0, tellEveryMs: 0 }
    this.downloads = new Downloads({
      db,
      bus,
      clock,
      log,
      processId,
      library,
      powers,
      ...limits,
      ...given,
    })
    this.#hearing = bus.subscribe({
      isListening: false,
      hear: (event) => {
        if (!isDownloadEvent(event)) return
        if (event.body.status === 'completed') this.#completed.add(event.body.id)
      },
    })
  }

  get ctx() {
    const ctx = contextOf(this.#ground, systemClock, localCaller())
    return { ...ctx, downloads: this.downloads }
  }

  /** The download as it ended. */
  readonly ended = async (id: string): Promise<Download> => {
    let last: Download | undefined
    const never = new AbortController().signal
    for await (const download of watchDownload(this.ctx, id, never)) last = download
    if (!last) throw new Error('nothing was told')
    return last
  }

  /** Resolves once the bus has told it that a download is complete. */
  async hasHeardOf(id: string): Promise<void> {
    while (!this.#completed.has(id)) await nextTurn()
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#hearing[Symbol.dispose]()
    await this.downloads[Symbol.asyncDispose]()
    await this.library[Symbol.asyncDispose]()
  }
}

/** A hub with one file, an empty cache and stations on the suite's database, new for each test. */
export class DownloadStage {
  readonly #store: TestDatabase
  readonly #stations: Station[] = []
  readonly #opened: Database[] = []
  #ground: Ground | undefined
  #hub: FakeHub | undefined
  #root = ''
  #repo = ''

  constructor(store: TestDatabase) {
    this.#store = store
    beforeAll(async () => {
      this.#ground = await this.#open()
      await this.#ground.db.migrate(schemaSteps)
    })
    afterAll(async () => this.#ground?.db[Symbol.asyncDispose]())
    beforeEach(async () => {
      this.#hub = await FakeHub.start()
      this.#root = await mkdtemp(join(tmpdir(), 'pharos-downloads-'))
      this.#repo = `user/tiny-${randomIds.uuid()}`
      this.#hub.put(this.#repo, filename, content)
    })
    afterEach(async () => {
      for (const station of this.#stations.splice(0)) await station[Symbol.asyncDispose]()
      for (const db of this.#opened.splice(0)) await db[Symbol.asyncDispose]()
      await this.hub[Symbol.asyncDispose]()
      await rm(this.#root, { recursive: true })
      await this.db.write((tx) => tx.db.deleteFrom('downloads').execute())
    })
  }

  get db(): Database {
    return this.#running().db
  }

  get hub(): FakeHub {
    if (!this.#hub) throw new Error('There is a hub only while tests run')
    return this.#hub
  }

  get root(): string {
    return this.#root
  }

  get hubDir(): string {
    return join(this.#root, 'hub')
  }

  get repo(): string {
    return this.#repo
  }

  /** One that is said to be alive before it begins, as a server is. */
  async station(choices: Choices = {}): Promise<Station> {
    return this.#begin(this.#running(), choices)
  }

  /** One with a connection of its own, which hears of the others through the database only. */
  async stationApart(choices: Choices = {}): Promise<Station> {
    const ground = await this.#open()
    this.#opened.push(ground.db)
    await ground.db.migrate(schemaSteps)
    return this.#begin(ground, choices)
  }

  /** Ends one as a server ends that is told to. */
  async stop(station: Station): Promise<void> {
    this.#stations.splice(this.#stations.indexOf(station), 1)
    await station[Symbol.asyncDispose]()
    await this.presumeDead(station)
  }

  /** The others are to think that it is no more. */
  async presumeDead({ processId }: Station): Promise<void> {
    await endProcess({ db: this.db, caller: presence }, processId)
  }

  async rowOf(id: string) {
    const { db } = this
    const rows = await db.read((tx) =>
      tx.db.selectFrom('downloads').selectAll().where('id', '=', id).execute(),
    )
    const [row] = rows
    if (!row) throw new Error(`there is no download ${id}`)
    return row
  }

  /** What the audit says was done to it, in order. */
  async auditOf(id: string): Promise<string[]> {
    const rows = await this.db.read((tx) =>
      tx.db
        .selectFrom('audit_log')
        .select('action')
        .where('target_id', '=', id)
        .orderBy('at')
        .execute(),
    )
    return rows.map(({ action }) => action)
  }

  async #begin(ground: Ground, choices: Choices): Promise<Station> {
    const { hub, hubDir } = this
    const station = new Station(ground, { hub: { endpoint: hub.url }, hubDir, ...choices })
    this.#stations.push(station)
    await keepProcess({ db: this.db, caller: presence }, station.processId)
    station.downloads.start()
    return station
  }

  async #open(): Promise<Ground> {
    const bus = createBus((error) => {
      throw error
    })
    const publish = bus.publish.bind(bus)
    const { db } = await openForTest(this.#store.location, { publish })
    return { db, bus }
  }

  #running(): Ground {
    if (!this.#ground) throw new Error('The database is open only while tests and hooks run')
    return this.#ground
  }
}

export async function nextTurn(): Promise<void> {
  await new Promise<void>((resolve) => setImmediate(resolve))
}
