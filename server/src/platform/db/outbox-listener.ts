import pg from 'pg'
import type { BusEvent } from '../bus/event.ts'
import { fromPostgresError } from './postgres-errors.ts'
import { readOutbox, readOutboxEnd, trimOutbox, type OutboxPosition } from './outbox.ts'
import type { PostgresTransactions } from './postgres-transactions.ts'
import { publishEach, type EffectLogger } from './write-effects.ts'

const channel = 'pharos_outbox'
const notifyEveryMs = 20
const pollEveryMs = 1_000
const keepSeconds = 600
const pageSize = 500

export interface OutboxListenerOptions {
  readonly url: string
  readonly origin: string
  readonly transactions: PostgresTransactions
  readonly publish: (event: BusEvent) => void
  readonly logger: EffectLogger
}

/**
 * Hears the other processes on one PostgreSQL. A process that wrote events says so by NOTIFY, at
 * most every 20 ms and from this one connection; whoever hears it reads the outbox from where
 * it stood. A poll each second covers a lost connection, which is opened again.
 */
export class OutboxListener implements AsyncDisposable {
  readonly #options: OutboxListenerOptions
  #client: pg.Client | undefined
  #connecting: Promise<void> | undefined
  #position: OutboxPosition | undefined
  #reading: Promise<void> | undefined
  #isReadAgain = false
  #notifyTimer: NodeJS.Timeout | undefined
  #hasMoreToTell = false
  #telling: Promise<void> = Promise.resolve()
  #pollTimer: NodeJS.Timeout | undefined
  #pollCount = 0
  #isClosed = false

  constructor(options: OutboxListenerOptions) {
    this.#options = options
  }

  /** Resolves when nothing told from now on can be missed. Starting again changes nothing. */
  async start(): Promise<void> {
    if (this.#position || this.#isClosed) return
    await this.#connect()
    this.#position = await this.#options.transactions.read(readOutboxEnd)
    this.#pollTimer ??= setInterval(() => this.#poll(), pollEveryMs).unref()
  }

  /** Tells the others that there is something in the outbox. */
  notify(): void {
    if (this.#isClosed) return
    this.#hasMoreToTell = true
    if (this.#notifyTimer === undefined) this.#tellNow()
  }

  /** At once, and again after a while if more came meanwhile. */
  #tellNow(): void {
    this.#notifyTimer = undefined
    if (!this.#hasMoreToTell) return
    this.#hasMoreToTell = false
    // One statement at a time on a connection: the next waits for the one before.
    this.#telling = this.#telling.then(() => this.#tell())
    this.#notifyTimer = setTimeout(() => this.#tellNow(), notifyEveryMs)
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#isClosed = true
    clearInterval(this.#pollTimer)
    clearTimeout(this.#notifyTimer)
    await this.#connecting?.catch(() => undefined)
    await this.#telling
    await this.#tell()
    await this.#reading
    await this.#client?.end().catch(() => undefined)
  }

  async #tell(): Promise<void> {
    try {
      await this.#client?.query(`notify ${channel}`)
    } catch (error) {
      this.#report(error)
    }
  }

  #connect(): Promise<void> {
    this.#connecting ??= this.#openClient().finally(() => {
      this.#connecting = undefined
    })
    return this.#connecting
  }

  async #openClient(): Promise<void> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      application_name: 'pharos-outbox',
    })
    client.on('error', () => this.#forget(client))
    client.on('end', () => this.#forget(client))
    client.on('notification', ({ processId }) => {
      if (processId !== processIdOf(client)) this.#read()
    })
    try {
      await client.connect()
      await client.query(`listen ${channel}`)
    } catch (error) {
      await client.end().catch(() => undefined)
      throw fromPostgresError(error)
    }
    this.#client = client
  }

  #forget(client: pg.Client): void {
    if (this.#client === client) this.#client = undefined
  }

  #poll(): void {
    this.#pollCount += 1
    if (!this.#client) this.#connect().catch((error: unknown) => this.#report(error))
    if (this.#pollCount % 60 === 0) this.#trim()
    this.#read()
  }

  #trim(): void {
    this.#options.transactions
      .write((tx) => trimOutbox(tx, keepSeconds))
      .catch((error: unknown) => this.#report(error))
  }

  #read(): void {
    if (!this.#position || this.#isClosed) return
    if (this.#reading) {
      this.#isReadAgain = true
      return
    }
    this.#reading = this.#readAll()
      .catch((error: unknown) => this.#report(error))
      .finally(() => {
        this.#reading = undefined
        if (this.#isReadAgain) {
          this.#isReadAgain = false
          this.#read()
        }
      })
  }

  async #readAll(): Promise<void> {
    const { origin, transactions, publish, logger } = this.#options
    while (this.#position) {
      const after: OutboxPosition = this.#position
      const entries = await transactions.read((tx) => readOutbox(tx, origin, after, pageSize))
      this.#position = entries.at(-1)?.position ?? after
      publishEach(
        entries.flatMap(({ event }) => event ?? []),
        publish,
        logger,
      )
      if (entries.length < pageSize) return
    }
  }

  #report(error: unknown): void {
    if (this.#isClosed) return
    this.#options.logger.warn({ err: error }, 'events of other processes are late')
  }
}

/** The server's number for a connection, which the types of `pg` leave out. */
function processIdOf(client: pg.Client): unknown {
  return 'processID' in client ? client.processID : undefined
}
