import { isJsonObject } from '../../platform/json.ts'
import { nameByMember } from './name-of-row.ts'
import { contentColumn, nameColumn } from './own-format.ts'
import type { ReadRow } from './imported-text.ts'

/** One JSON value a line, which becomes a content as it stands; empty lines say nothing. */
export function* readJsonLines({ content }: { readonly content: string }): Generator<ReadRow> {
  let row = 0
  for (const line of content.split('\n')) {
    row += 1
    const text = line.replace(/^\uFEFF/u, '').trim()
    if (text !== '') yield { row, ...readLine(text) }
  }
}

function readLine(text: string) {
  try {
    const value: unknown = JSON.parse(text)
    if (!isJsonObject(value)) return { item: { name: null, content: text } }
    const { [nameColumn]: name, [contentColumn]: own } = value
    if (typeof own === 'string') {
      return { item: { name: typeof name === 'string' ? name : null, content: own } }
    }
    return { item: { name: nameByMember(Object.entries(value)), content: text } }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { error: `It is not JSON: ${reason.slice(0, 300)}` }
  }
}
