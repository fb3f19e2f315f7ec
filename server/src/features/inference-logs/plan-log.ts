import { serialize } from 'node:v8'
import { toStorableText, type NewSpan } from '../traces/index.ts'
import { planDocument } from './document.ts'
import { logSpan, modelOf, outcomeOf } from './log-span.ts'
import type { LoggedRequest } from './logged-request.ts'
import type { TextTemplate } from './text-template.ts'
import { unshownJson } from './unshown.ts'

/** An ingested request ready to be stored, but for the ids of its children and for its owner. */
export interface NewLog {
  readonly requestId: string
  /** Unix seconds; the moment of receipt where the engine gave none. */
  readonly createdAt: number
  readonly completedAt: number | null
  readonly model: string | null
  readonly modName: string | null
  readonly status: 'ok' | 'error' | 'unset'
  readonly finalText: string | null
  readonly totalSteps: number
  readonly document: TextTemplate
  readonly childCount: number
  readonly unshownJson: string
  readonly span: NewSpan
  /** What its trace is called. */
  readonly traceName: string
}

/** Longest model or mod name that lists, filters and their indexes hold. */
const maxNameLength = 512

/** Works out everything that storing a request needs. Pure; `receivedAt` is Unix seconds. */
export function planLog(request: LoggedRequest, receivedAt: number): NewLog {
  const { document, childCount, sequenceConfidence } = planDocument(request, receivedAt)
  const outcome = outcomeOf(request)
  const totalSteps = new Set(request.events.map(({ step }) => step)).size
  const facts = { ...outcome, receivedAt, totalSteps, sequenceConfidence }
  const span = logSpan(request, facts)
  return {
    requestId: request.requestId,
    createdAt: request.createdAt ?? receivedAt,
    completedAt: request.completedAt,
    model: storable(request.model)?.slice(0, maxNameLength).toWellFormed() ?? null,
    modName: storable(request.modName)?.slice(0, maxNameLength).toWellFormed() ?? null,
    status: outcome.status,
    finalText: storable(request.finalText),
    totalSteps,
    document,
    childCount,
    unshownJson: unshownJson(request),
    span,
    traceName: storable(modelOf(request)) ?? span.name,
  }
}

function storable(text: string | null): string | null {
  return text === null ? null : toStorableText(text)
}

/** A planned log as bytes that cross threads without being unpacked. */
export function packLog(log: NewLog): Uint8Array<ArrayBuffer> {
  const bytes = serialize(log)
  const packed = new Uint8Array(bytes.byteLength)
  packed.set(bytes)
  return packed
}
