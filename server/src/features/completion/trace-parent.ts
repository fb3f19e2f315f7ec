/** Where a call belongs in somebody's trace. */
export interface TraceParent {
  /** 32 hexadecimal digits. */
  readonly traceId: string
  /** 16 hexadecimal digits. */
  readonly parentSpanId: string
}

/**
 * Reads the header `traceparent` of any version; null for what is none, which is then as if it had
 * not been sent. Source: W3C Trace Context, §3.2.
 */
export function readTraceParent(header: string | undefined): TraceParent | null {
  const [, version, traceId, parentSpanId] =
    /^([\da-f]{2})-([\da-f]{32})-([\da-f]{16})-[\da-f]{2}(?:-.*)?$/u.exec(header?.trim() ?? '') ??
    []
  if (traceId === undefined || parentSpanId === undefined || version === 'ff') return null
  return /^0+$/u.test(traceId) || /^0+$/u.test(parentSpanId) ? null : { traceId, parentSpanId }
}
