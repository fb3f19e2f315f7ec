import { rmSync } from 'node:fs'
import { SqliteConnection } from '../../../platform/db/sqlite-connection.ts'
import { hashesOf, sliceBytes, type SignedSegment } from './signature.ts'
import { mergeStretches } from './stretches.ts'

/** How far the index has come in the database it belongs to. */
export interface Progress {
  /** Every span up to here is in the index, or gone. */
  readonly lastSeq: number
  /** Every change noted in `search_changes` up to here is, too. */
  readonly lastChange: number
}

export interface NewSegment extends SignedSegment, Progress {
  readonly landmark: Landmark
  /** The oldest span there is: segments that end before it are dropped. */
  readonly firstSeq: number
  /** The newest span there is: tells how much is left to do. */
  readonly newestSeq: number
}

export interface Candidates extends Progress {
  /** Indexed spans that may match, as ascending stretches of sequence numbers: from, to, … */
  readonly stretches: readonly number[]
}

/** A span that the index has seen: whoever owns the database says whether it is still the same. */
export interface Landmark {
  readonly seq: number
  readonly spanId: string
}

/** Raised when signatures or tables change: an older file is thrown away. */
const format = 1
const slicesPerCell = 64
const cellBytes = slicesPerCell * sliceBytes
/** A segment's cells are neighbours: a new one is appended, which costs no other page. */
const cellsPerSegment = 512

/**
 * `search.db`: whole segments, each written in one transaction, so a crash leaves some spans
 * to be indexed again and nothing else. All of it can be made anew from the database.
 */
export class IndexFile implements Disposable {
  readonly #path: string
  #file: SqliteConnection

  private constructor(path: string, file: SqliteConnection) {
    this.#path = path
    this.#file = file
  }

  /** Opens the file; one that is damaged or of another format is replaced by an empty one. */
  static async open(path: string): Promise<IndexFile> {
    try {
      const file = new IndexFile(path, connect(path))
      if (await file.#isUsable()) return file
      file[Symbol.dispose]()
    } catch {
      // A file of any other state is worth no more than its absence.
    }
    removeFile(path)
    const fresh = new IndexFile(path, connect(path))
    await fresh.#createTables()
    return fresh
  }

  async progress(): Promise<Progress> {
    const [row] = await this.#rows('select last_seq, last_change from progress')
    return { lastSeq: Number(row?.['last_seq']), lastChange: Number(row?.['last_change']) }
  }

  async landmarks(): Promise<Landmark[]> {
    const rows = await this.#rows('select landmark_seq, landmark_span_id from segments')
    return rows.map((row) => ({
      seq: Number(row['landmark_seq']),
      spanId: String(row['landmark_span_id']),
    }))
  }

  /** Appends a segment that was made behind `behind`; throws when the index is elsewhere. */
  async add(segment: NewSegment, behind: Progress): Promise<void> {
    const { bits, blocks, lastSeq, lastChange, landmark, firstSeq } = segment
    await this.#transact(async () => {
      const now = await this.progress()
      if (now.lastSeq !== behind.lastSeq || now.lastChange !== behind.lastChange) {
        throw new Error('The segment does not follow what is indexed')
      }
      const maxSeq = blocks.reduce((max, block) => Math.max(max, ...block), 0)
      const [row] = await this.#rows(
        `insert into segments (blocks, max_seq, landmark_seq, landmark_span_id) values (?, ?, ?, ?)
         returning id`,
        [JSON.stringify(blocks), maxSeq, landmark.seq, landmark.spanId],
      )
      const first = Number(row?.['id']) * cellsPerSegment
      const cells = Array.from({ length: cellsPerSegment }, (_, cell) => [
        first + cell,
        bits.subarray(cell * cellBytes, (cell + 1) * cellBytes),
      ])
      await this.#file.each('insert into cells (id, bits) values (?, ?)', cells)
      await this.#drop(firstSeq)
      await this.#rows('update progress set last_seq = ?, last_change = ?', [lastSeq, lastChange])
    })
  }

  /** Where any of the forms may be. A form that is too short to be looked up may be anywhere. */
  async find(forms: readonly string[]): Promise<Candidates> {
    const progress = await this.progress()
    const masks = new Map<number, Uint8Array[]>()
    for (const hashes of forms.map(hashesOf)) {
      if (!hashes) return { ...progress, stretches: [0, progress.lastSeq] }
      for (const [segment, mask] of await this.#blocksWithAll(hashes)) {
        masks.set(segment, [...(masks.get(segment) ?? []), mask])
      }
    }
    const segments = await this.#rows(
      'select id, blocks from segments where id in (select value from json_each(?))',
      [JSON.stringify([...masks.keys()])],
    )
    const found = segments.flatMap(({ id, blocks }) =>
      stretchesOf(toBlocks(blocks), masks.get(Number(id)) ?? []),
    )
    return { ...progress, stretches: mergeStretches(found) }
  }

  /** Forgets everything, for a database that is not the one the index was made from. */
  async reset(): Promise<void> {
    this[Symbol.dispose]()
    removeFile(this.#path)
    this.#file = connect(this.#path)
    await this.#createTables()
  }

  [Symbol.dispose](): void {
    this.#file[Symbol.dispose]()
  }

  /** For each segment the blocks (one bit each) in which every hash is set. */
  async #blocksWithAll(hashes: readonly number[]): Promise<Map<number, Uint8Array>> {
    let blocks: Map<number, Uint8Array> | undefined
    for (const hash of hashes) {
      const rows = await this.#rows(
        `select segments.id, substr(bits, ?, ?) as slice
         from segments join cells on cells.id = segments.id * ${cellsPerSegment} + ?`,
        [(hash % slicesPerCell) * sliceBytes + 1, sliceBytes, Math.floor(hash / slicesPerCell)],
      )
      const next = new Map<number, Uint8Array>()
      for (const { id, slice } of rows) {
        if (!(slice instanceof Uint8Array)) continue
        const segment = Number(id)
        const mask = blocks ? intersect(blocks.get(segment), slice) : slice
        if (mask) next.set(segment, mask)
      }
      blocks = next
      if (blocks.size === 0) break
    }
    return blocks ?? new Map()
  }

  async #drop(firstSeq: number): Promise<void> {
    const gone = await this.#rows('delete from segments where max_seq < ? returning id', [firstSeq])
    await this.#file.each(
      'delete from cells where id between ? and ?',
      gone.map(({ id }) => [Number(id) * cellsPerSegment, (Number(id) + 1) * cellsPerSegment - 1]),
    )
  }

  async #isUsable(): Promise<boolean> {
    const [row] = await this.#rows('pragma user_version')
    return row?.['user_version'] === format
  }

  async #createTables(): Promise<void> {
    await this.#transact(async () => {
      await this.#rows(`create table segments (id integer primary key autoincrement,
        blocks text not null, max_seq integer not null, landmark_seq integer not null,
        landmark_span_id text not null)`)
      await this.#rows('create table cells (id integer primary key, bits blob not null)')
      await this.#rows('create table progress (last_seq integer, last_change integer)')
      await this.#rows('insert into progress values (0, 0)')
      await this.#rows(`pragma user_version = ${format}`)
    })
  }

  async #transact(work: () => Promise<void>): Promise<void> {
    await this.#rows('begin immediate')
    try {
      await work()
      await this.#rows('commit')
    } catch (error) {
      await this.#rows('rollback').catch(() => undefined)
      throw error
    }
  }

  async #rows(sql: string, parameters: readonly unknown[] = []) {
    return (await this.#file.query(sql, parameters)).rows
  }
}

/** Writers of other indexes are not expected, so a slow statement is nobody's news. */
function connect(path: string): SqliteConnection {
  return new SqliteConnection({
    path,
    isReadOnly: false,
    cacheMiB: 8,
    slowQueryMs: Number.POSITIVE_INFINITY,
    onSlowQuery: () => undefined,
  })
}

function removeFile(path: string): void {
  for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(path + suffix, { force: true })
}

/** Our own column, written by `add`. */
function toBlocks(json: unknown): readonly (readonly number[])[] {
  const blocks: unknown = JSON.parse(String(json))
  return blocks as number[][]
}

/** Bits set in both, or undefined when there are none. */
function intersect(left: Uint8Array | undefined, right: Uint8Array): Uint8Array | undefined {
  if (!left) return undefined
  let any = 0
  const both = left.map((byte, index) => {
    const common = byte & (right[index] ?? 0)
    any |= common
    return common
  })
  return any === 0 ? undefined : both
}

function stretchesOf(
  blocks: readonly (readonly number[])[],
  masks: readonly Uint8Array[],
): number[] {
  return blocks.flatMap((stretches, index) =>
    masks.some((mask) => ((mask[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0)
      ? [...stretches]
      : [],
  )
}
