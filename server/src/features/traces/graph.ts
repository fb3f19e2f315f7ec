import type { GraphRow } from './span-store.ts'

export interface GraphNode extends Omit<GraphRow, 'parentSpanId' | 'startTime' | 'endTime'> {
  readonly durationMs: number | null
  /** Position by start time, from 1. */
  readonly sequence: number
}

export interface GraphEdge {
  readonly parentSpanId: string
  readonly childSpanId: string
}

export interface Graph {
  readonly nodes: readonly GraphNode[]
  readonly edges: readonly GraphEdge[]
}

/** Rows come in order of start. An edge may point to a parent that has not arrived. */
export function toGraph(rows: readonly GraphRow[]): Graph {
  return {
    nodes: rows.map(({ parentSpanId: _parent, startTime, endTime, ...row }, index) => ({
      ...row,
      durationMs: durationMs(startTime, endTime),
      sequence: index + 1,
    })),
    edges: rows.flatMap(({ parentSpanId, spanId }) =>
      parentSpanId ? [{ parentSpanId, childSpanId: spanId }] : [],
    ),
  }
}

/** Milliseconds between two Unix times in seconds; null while there is no end. */
export function durationMs(startTime: number, endTime: number | null): number | null {
  return endTime === null ? null : (endTime - startTime) * 1000
}
