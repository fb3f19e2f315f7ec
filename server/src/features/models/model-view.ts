import type { ModelFile, ModelMetadata } from '../model-files/index.ts'
import type { FileAlias, RouterAlias } from './model-alias.ts'
import type { RemoteView } from './remote-view.ts'
import type { RouterTarget } from './router-targets.ts'

interface FileFacts {
  /** Null for a file that cannot be read. */
  readonly metadata: ModelMetadata | null
  /** Whether the caller may ask it. */
  readonly mayUse: boolean
}

/** Whatever can be asked for, of one of four kinds. Source: bodhi contract B.1. */
export type ModelView = FileAliasView | DiscoveredView | RemoteView | RouterView

/** A name that somebody gave to a file. */
export interface FileAliasView extends FileFacts {
  readonly source: 'user'
  readonly alias: FileAlias
  /** Null for a file that is gone. */
  readonly file: ModelFile | null
}

/** A file under the name that it has by itself. */
export interface DiscoveredView extends FileFacts {
  readonly source: 'model'
  readonly name: string
  readonly file: ModelFile
}

/** A name for other models. */
export interface RouterView {
  readonly source: 'model_router'
  readonly alias: RouterAlias
  readonly targets: readonly RouterTarget[]
  readonly mayUse: boolean
}

export const modelSources = ['user', 'model', 'api', 'model_router'] as const
export type ModelSource = (typeof modelSources)[number]

export const viewCapabilities = [
  'vision',
  'audio',
  'thinking',
  'function_calling',
  'structured_output',
] as const
export type ViewCapability = (typeof viewCapabilities)[number]

/** Which of them are wanted; what is left out does not narrow. */
export interface ModelViewFilter {
  readonly source?: ModelSource | undefined
  /** Of remote providers. */
  readonly format?: string | undefined
  /** Of files, in bytes. */
  readonly sizeMin?: number | undefined
  readonly sizeMax?: number | undefined
  /** Of files. */
  readonly capability?: ViewCapability | undefined
  /** A part of a name, repository, file name or model of a provider, in whatever case. */
  readonly search?: string | undefined
}

export interface ModelViewQuery extends ModelViewFilter {
  /** Default `name`. */
  readonly sort?: 'name' | 'repo' | 'filename' | 'source' | undefined
  /** Default `asc`. */
  readonly order?: 'asc' | 'desc' | undefined
  /** From 1 on. */
  readonly page: number
  readonly pageSize: number
}

export interface ModelViewPage {
  readonly views: readonly ModelView[]
  /** On all pages. */
  readonly total: number
}

export function hasCapability(
  { capabilities }: ModelMetadata,
  capability: ViewCapability,
): boolean {
  switch (capability) {
    case 'vision':
    case 'audio':
    case 'thinking':
      return capabilities[capability]
    case 'function_calling':
      return capabilities.tools.functionCalling
    case 'structured_output':
      return capabilities.tools.structuredOutput
  }
}
