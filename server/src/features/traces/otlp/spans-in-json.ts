import { isJsonObject, type JsonObject } from '../../../platform/json.ts'
import type { FoundSpan } from './found-span.ts'
import type { Refusal } from './from-otlp-span.ts'
import { originOf } from './origin.ts'

/**
 * The spans of an `ExportTraceServiceRequest` in its JSON form, parsed, and a word for each piece
 * around them that cannot be read. Never throws; a list that is null is empty.
 */
export function* spansInJson(request: unknown): Generator<FoundSpan | Refusal> {
  if (!isJsonObject(request)) return
  for (const resourceSpans of elementsOf(request, 'resourceSpans')) {
    if (typeof resourceSpans === 'string') {
      yield resourceSpans
      continue
    }
    for (const scopeSpans of elementsOf(resourceSpans, 'scopeSpans')) {
      if (typeof scopeSpans === 'string') {
        yield scopeSpans
        continue
      }
      const origin = originOf(resourceSpans['resource'], scopeSpans['scope'])
      for (const span of elementsOf(scopeSpans, 'spans')) {
        yield typeof span === 'string' ? span : { span, origin }
      }
    }
  }
}

function* elementsOf(holder: JsonObject, field: string): Generator<JsonObject | Refusal> {
  const list = holder[field] ?? []
  if (!Array.isArray(list)) {
    yield `${field} is not a list`
    return
  }
  for (const element of list as unknown[]) {
    yield isJsonObject(element) ? element : `${field} holds something that is not an object`
  }
}
