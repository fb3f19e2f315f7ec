import type { Annotation } from './span.ts'

/** The stored form: a list of `{id, text, created_at}`, which is also how it is given out. */
export function annotationsToJson(annotations: readonly Annotation[]): string {
  return JSON.stringify(
    annotations.map(({ id, text, createdAt }) => ({ id, text, created_at: createdAt })),
  )
}
