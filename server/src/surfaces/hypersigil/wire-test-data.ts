import type {
  Import,
  TestGroup as WireGroup,
  TestItem as WireItem,
} from '@pharos/contract/hypersigil/test-data.ts'
import type {
  ImportedText,
  ImportReport,
  TestGroup,
  TestItem,
} from '../../features/datasets/index.ts'
import { toTime } from '../../platform/iso-time.ts'

export function toGroup({ id, name, mode, description, ...times }: TestGroup): WireGroup {
  return {
    id,
    name,
    mode,
    ...(description !== null && { description }),
    created_at: toTime(times.createdAt),
    updated_at: toTime(times.updatedAt),
  }
}

export function toItem({ id, groupId, name, content, ...times }: TestItem): WireItem {
  return {
    id,
    group_id: groupId,
    ...(name !== null && { name }),
    content,
    created_at: toTime(times.createdAt),
    updated_at: toTime(times.updatedAt),
  }
}

/** The contract lets exactly one of them in. */
export function fromImport({ content, name, files }: Import): readonly ImportedText[] {
  if (files !== undefined) return files
  return content === undefined ? [] : [{ name: name ?? null, content }]
}

export function toImported({ created, refused, refusedCount }: ImportReport) {
  const rows = refused.map(({ row, error, file }) => ({
    row,
    error,
    ...(file !== null && { file }),
  }))
  return { created, refused: rows, refusedCount }
}
