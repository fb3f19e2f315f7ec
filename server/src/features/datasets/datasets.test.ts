import { randomUUID } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callerWith } from '../../../test/support/caller.ts'
import { contextOf, standingClock } from '../../../test/support/context.ts'
import { describeEachDatabase } from '../../../test/support/database.ts'
import { Workroom } from '../../platform/threads/workroom.ts'
import { localCaller, type Caller } from '../identity/index.ts'
import { createGroup, deleteGroup, updateGroup } from './change-groups.ts'
import { addItems, deleteItem, updateItem } from './change-items.ts'
import type { GivenItem, TestMode } from './dataset.ts'
import { exportItems } from './export-items.ts'
import { importItems } from './import-items.ts'
import { itemsOfGroup } from './item-store.ts'
import { getGroup, getItem, groupSelectList, listGroups, listItems } from './read-datasets.ts'
import type { DataFormat } from './imported-text.ts'

const oldest = { orderBy: 'created_at', order: 'asc', limit: 1000, offset: 0 } as const

describeEachDatabase('Test data', (store) => {
  let workroom: Workroom
  const clock = standingClock()
  beforeAll(() => {
    workroom = new Workroom((error) => {
      throw error
    })
  })
  afterAll(() => workroom[Symbol.asyncDispose]())

  const as = (caller: Caller = localCaller()) => ({
    ...contextOf(store, clock, caller),
    workroom,
  })
  const group = (mode: TestMode = 'raw', name = `group ${randomUUID()}`) =>
    createGroup(as(), { name, description: null, mode })
  const item = (content: string, name: string | null = null): GivenItem => ({ name, content })
  const stored = async (id: string) => {
    const items = await store.db.read((tx) => itemsOfGroup(tx, id))
    return items.map(({ name, content }) => ({ name, content }))
  }
  const exported = async (id: string, format: DataFormat) => {
    const { pieces } = await exportItems(as(), id, format)
    return (await Array.fromAsync(pieces)).join('')
  }

  it('stands in groups whose names are taken once', async () => {
    const { id, name } = await group('json')
    await expect(group('raw', name)).rejects.toMatchObject({ code: 'conflict' })
    const other = await group()
    await expect(updateGroup(as(), other.id, { name })).rejects.toMatchObject({ code: 'conflict' })
    clock.now += 5
    const changed = await updateGroup(as(), id, { description: 'new' })
    expect(changed).toMatchObject({ name, description: 'new', mode: 'json', updatedAt: clock.now })
    expect(await getGroup(as(), id)).toEqual(changed)
    expect(await groupSelectList(as())).toContainEqual({ id, name })
    const found = await listGroups(as(), { ...oldest, search: name.toUpperCase() })
    expect(found).toEqual({ groups: [changed], total: 1 })
  })

  it('is kept in the order it came, and found by its words', async () => {
    const { id } = await group()
    const items = await addItems(as(), id, [item('one', 'b'), item('two', 'a'), item('ONE%')])
    expect((await stored(id)).map(({ content }) => content)).toEqual(['one', 'two', 'ONE%'])
    const found = await listItems(as(), id, { ...oldest, search: 'One' })
    expect(found).toEqual({ items: [items[0], items[2]], total: 2 })
    const page = await listItems(as(), id, { ...oldest, order: 'desc', limit: 1, offset: 1 })
    expect(page).toEqual({ items: [items[1]], total: 3 })
  })

  it('that should be JSON is, or none of it is taken', async () => {
    const { id } = await group('json')
    const refused = { code: 'invalid', details: { label: 'Invalid format' } }
    await expect(addItems(as(), id, [item('1'), item('one')])).rejects.toMatchObject(refused)
    expect(await stored(id)).toEqual([])
    const [made] = await addItems(as(), id, [item('1', 'x')])
    await expect(updateItem(as(), made?.id ?? '', { content: '{' })).rejects.toMatchObject(refused)
    const changed = await updateItem(as(), made?.id ?? '', { content: '{}' })
    expect(await getItem(as(), changed.id)).toEqual({ ...changed, name: 'x', content: '{}' })
  })

  it('goes with its group, and is not found any more', async () => {
    const { id } = await group()
    const [made, other] = await addItems(as(), id, [item('1'), item('2')])
    await deleteItem(as(), made?.id ?? '')
    const missing = { code: 'not-found' }
    await expect(deleteItem(as(), made?.id ?? '')).rejects.toMatchObject(missing)
    await deleteGroup(as(), id)
    await expect(getItem(as(), other?.id ?? '')).rejects.toMatchObject(missing)
    await expect(updateItem(as(), other?.id ?? '', { name: 'x' })).rejects.toMatchObject(missing)
    await expect(addItems(as(), id, [item('1')])).rejects.toMatchObject(missing)
    await expect(listItems(as(), id, oldest)).rejects.toMatchObject(missing)
    await expect(deleteGroup(as(), id)).rejects.toMatchObject(missing)
    await expect(updateGroup(as(), id, {})).rejects.toMatchObject(missing)
  })

  it('never outlives a group that is deleted while it comes', async () => {
    for (let round = 0; round < 5; round += 1) {
      const { id } = await group()
      await Promise.allSettled([addItems(as(), id, [item('1')]), deleteGroup(as(), id)])
      expect(await stored(id)).toEqual([])
    }
  })

  const odd = [
    item('=1+1', '=cmd'),
    item("'=1", "''@x"),
    item('-5', '-x'),
    item('a,"b"\r\nc\n'),
    item('\n\n<!-- item "x" -->\n\\<!-- item y\n', '--> "it"'),
    item('{"a": 1e400,\n "b": "\\u0000"}', 'größe\n2'),
    item('\ttab; \u2028 end \n\n'),
    item('"quoted"'),
  ]

  it.each(['csv', 'jsonl', 'md'] as const)('comes back from an export as %s', async (format) => {
    const [one, two] = [await group(), await group()]
    await addItems(as(), one.id, odd)
    await addItems(
      as(),
      one.id,
      Array.from({ length: 250 }, (_, index) => item(`n ${index}`)),
    )
    const content = await exported(one.id, format)
    const texts = [{ name: null, content }]
    const report = await importItems(as(), two.id, { format, texts })
    expect(report).toEqual({ created: 258, refused: [], refusedCount: 0 })
    expect(await stored(two.id)).toEqual(await stored(one.id))
  })

  it('is read from a large table off the main thread, refusals included', async () => {
    const { id } = await group('json')
    const rows = Array.from({ length: 30_000 }, (_, index) =>
      index % 10 === 0 ? `${index},x,too much` : `${index},"line\nbreak"`,
    )
    const texts = [{ name: null, content: `\uFEFFid,text\n${rows.join('\n')}` }]
    const report = await importItems(as(), id, { format: 'csv', texts })
    expect(report).toMatchObject({ created: 27_000, refusedCount: 3000 })
    expect(report.refused).toHaveLength(1000)
    expect(report.refused[1]).toMatchObject({ row: 12, file: null })
    const { total, items } = await listItems(as(), id, { ...oldest, limit: 1 })
    expect(total).toBe(27_000)
    expect(items).toMatchObject([
      { name: '1', content: '{\n  "id": "1",\n  "text": "line\\nbreak"\n}' },
    ])
  })

  it('needs data:read to be seen and data:write to be changed', async () => {
    const { id } = await group()
    const [made] = await addItems(as(), id, [item('1')])
    const forbidden = { code: 'forbidden' }
    const [reader, writer] = [as(callerWith('data:read')), as(callerWith('data:write'))]
    const texts = [{ name: null, content: 'x' }]
    const refused = [
      createGroup(reader, { name: 'x', description: null, mode: 'raw' }),
      updateGroup(reader, id, {}),
      deleteGroup(reader, id),
      addItems(reader, id, [item('1')]),
      updateItem(reader, made?.id ?? '', {}),
      deleteItem(reader, made?.id ?? ''),
      importItems(reader, id, { format: 'md', texts }),
      getGroup(writer, id),
      listGroups(writer, oldest),
      groupSelectList(writer),
      getItem(writer, made?.id ?? ''),
      listItems(writer, id, oldest),
      exportItems(writer, id, 'md'),
    ]
    for (const one of refused) await expect(one).rejects.toMatchObject(forbidden)
  })
})
