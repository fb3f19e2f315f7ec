import { DomainError } from '../../platform/domain-error.ts'

export const inputTypes = ['query', 'document'] as const
export type InputType = (typeof inputTypes)[number]

/** What a name stands for: a model that turns texts into vectors. */
export interface EmbeddingContent {
  /** A model of Voyage by its own name, or `connection/model`. */
  readonly model: string
  readonly inputType: InputType | null
  /** Who is told of each run. */
  readonly webhookIds: readonly string[]
}

export interface EmbeddingDeployment extends EmbeddingContent {
  readonly id: string
  /** Never changes. */
  readonly name: string
  /** Unix seconds. */
  readonly createdAt: number
  readonly updatedAt: number
}

const voyage = 'voyageai'

/** Where a model runs: at the service that Voyage is, or wherever its name leads. */
export function embedderOf(model: string): {
  readonly service?: typeof voyage
  /** As the service or the gateway knows it. */
  readonly model: string
} {
  if (!model.includes('/')) return { service: voyage, model }
  const prefix = `${voyage}/`
  return model.startsWith(prefix)
    ? { service: voyage, model: model.slice(prefix.length) }
    : { model }
}

/** The same in one word, by which keys are given models. */
export function askedName(name: string): string {
  const { service, model } = embedderOf(name)
  return service === undefined ? model : `${service}/${model}`
}

export function embeddingDeploymentNotFound(idOrName: string): DomainError {
  return new DomainError('not-found', `There is no deployment for embeddings ${idOrName}`)
}
