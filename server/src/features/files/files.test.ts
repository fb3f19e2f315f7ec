import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { fileNamesWriter } from '../../../test/support/write-file-names.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import type { Caller } from '../identity/index.ts'
import { deleteFile } from './delete-file.ts'
import { fileSelectList, getFile, listFiles, readFile } from './read-files.ts'
import { uploadFile, type SentFile } from './upload-file.ts'

const writer = { ...fileNamesWriter, kept: 'kept' }
const newest = { orderBy: 'created_at', order: 'desc', offset: 0, withData: false } as const

function fileOf(bytes: Uint8Array, more: Partial<SentFile> = {}): SentFile {
  const data = Buffer.from(bytes).toString('base64')
  return {
    name: 'a file',
    originalName: 'a.bin',
    mimeType: 'application/octet-stream',
    sizeBytes: bytes.length,
    data,
    description: null,
    tags: null,
    ...more,
  }
}

describeEachDatabase('Files', (store) => {
  let workroom: Workroom
  const clock = standingClock()
  beforeAll(() => {
    workroom = new Workroom((error) => {
      throw error
    })
  })
  afterAll(() => workroom[Symbol.asyncDispose]())

  const as = (caller?: Caller) => ({ ...contextOf(store, clock, caller), workroom })
  const upload = (sent: SentFile) => uploadFile(as(), sent)
  const text = (word: string) => new TextEncoder().encode(word)
  const blobCount = (word: string) =>
    store.db.read(async (tx) => {
      const data = Buffer.from(word).toString('base64')
      const blobs = tx.db.selectFrom('file_blobs').select('sha256').where('data', '=', data)
      return (await blobs.execute()).length
    })

  it('are given back as they were sent, large ones too', async () => {
    const bytes = Buffer.alloc(400_000, randomUUID())
    const sent = fileOf(bytes, { name: 'n\0', description: 'd', tags: ['x', 'y'] })
    const file = await upload(sent)
    expect(file).toMatchObject({ name: 'n\ufffd', sizeBytes: 400_000, tags: ['x', 'y'] })
    expect(await getFile(as(), file.id)).toEqual({ ...file, data: sent.data })
  })

  it('are refused when they are not what they say', async () => {
    const refused = { code: 'invalid' }
    const bytes = Buffer.alloc(400_000)
    await expect(upload(fileOf(bytes, { sizeBytes: 3 }))).rejects.toMatchObject(refused)
    await expect(upload(fileOf(bytes, { sizeBytes: 2.5 }))).rejects.toMatchObject(refused)
    for (const data of ['YQ', 'YQ==\n', 'YR==', 'data:,YQ==', '_-==']) {
      await expect(upload(fileOf(text('a'), { data }))).rejects.toMatchObject(refused)
    }
  })

  it('with the same bytes store them once, until the last of them is deleted', async () => {
    const word = randomUUID()
    const [one, two] = await Promise.all([1, 2].map(() => upload(fileOf(text(word)))))
    if (one === undefined || two === undefined) throw new Error('Two files were sent')
    expect(await blobCount(word)).toBe(1)
    await deleteFile(as(), one.id)
    expect((await readFile(as(), two.id)).data).toBe(Buffer.from(word).toString('base64'))
    await deleteFile(as(), two.id)
    expect(await blobCount(word)).toBe(0)
    await expect(readFile(as(), two.id)).rejects.toMatchObject({ code: 'not-found' })
    await expect(deleteFile(as(), two.id)).rejects.toMatchObject({ code: 'not-found' })
  })

  it('never lose their bytes to somebody who deletes the same ones meanwhile', async () => {
    for (let round = 0; round < 8; round += 1) {
      const word = randomUUID()
      const { id } = await upload(fileOf(text(word)))
      const [file] = await Promise.all([upload(fileOf(text(word))), deleteFile(as(), id)])
      expect((await readFile(as(), file.id)).sizeBytes).toBe(word.length)
    }
  })

  it('are listed by a surface in its own words, with their bytes or without', async () => {
    const word = randomUUID()
    clock.now += 1
    await upload(fileOf(text('1'), { name: `${word} a` }))
    clock.now += 1
    await upload(fileOf(text('2'), { name: 'b', description: `it is ${word.toUpperCase()}` }))
    const list = async (more: object) => {
      const { text: found } = await listFiles(as(), { ...newest, ...more }, writer)
      return JSON.parse(new TextDecoder().decode(found)) as unknown
    }
    const [a, b] = [`${word} a`, 'b']
    expect(await list({ search: word, limit: 1 })).toEqual({
      kept: 'kept',
      total: 2,
      files: [[b, null]],
    })
    expect(await list({ search: word, limit: 5, offset: 1, withData: true })).toMatchObject({
      total: 2,
      files: [[a, 'MQ==']],
    })
    expect(await list({ nameHas: word })).toMatchObject({ files: [[a, null]] })
    expect(await list({ search: word, mimeType: 'text/plain', limit: 5 })).toMatchObject({
      total: 0,
      files: [],
    })
    const { id } = await upload(fileOf(text('3'), { name: 'by id' }))
    expect(await list({ search: id, limit: 5 })).toMatchObject({ files: [['by id', null]] })
  })

  it('are chosen from in the order of their names, whatever the case', async () => {
    const word = randomUUID()
    for (const name of ['b', 'C', 'a']) await upload(fileOf(text('x'), { name: `${word} ${name}` }))
    const names = (await fileSelectList(as())).map(({ name }) => name)
    expect(names.filter((name) => name.startsWith(word))).toEqual([
      `${word} a`,
      `${word} b`,
      `${word} C`,
    ])
  })

  it('need files:read to be seen and files:upload to be changed', async () => {
    const { id } = await upload(fileOf(text('x')))
    const forbidden = { code: 'forbidden' }
    const reader = as(callerWith('files:read'))
    const sender = as(callerWith('files:upload'))
    await expect(uploadFile(reader, fileOf(text('x')))).rejects.toMatchObject(forbidden)
    await expect(deleteFile(reader, id)).rejects.toMatchObject(forbidden)
    await expect(getFile(sender, id)).rejects.toMatchObject(forbidden)
    await expect(fileSelectList(sender)).rejects.toMatchObject(forbidden)
    await expect(listFiles(sender, newest, writer)).rejects.toMatchObject(forbidden)
  })

  it('know the account that sent them', async () => {
    const caller: Caller = {
      kind: 'apiKey',
      keyId: 'k',
      userId: 'u1',
      subject: null,
      scopes: new Set(['files:upload']),
    }
    const { id, uploadedBy } = await uploadFile(as(caller), fileOf(text('x')))
    expect(uploadedBy).toBe('u1')
    expect((await readFile(as(), id)).uploadedBy).toBe('u1')
    const job = await uploadFile(as(callerWith('files:upload')), fileOf(text('x')))
    expect((await readFile(as(), job.id)).uploadedBy).toBeNull()
  })
})
