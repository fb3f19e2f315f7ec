import type { SpanType } from '@pharos/contract/vocabulary.ts'

/** A span's attributes as they are stored, `otel.events` and `otel.scope.name` among them. */
export type Attributes = Readonly<Record<string, unknown>>

/**
 * Where one figure or text stands. Every dialect is written in these readers and no others:
 * `text` a text that is not empty · `number` a finite number or numeric text · `first` the first
 * text of a list · `json` any value as text, JSON unless it is text already. With `path` the value
 * is looked up inside the attribute, which may hold JSON or the text of JSON. `sum` adds the
 * numbers of an object whose names are `name` or begin with `prefix`, but for `except`.
 */
export type Source =
  | {
      readonly read: 'text' | 'number' | 'first' | 'json'
      readonly key: string
      readonly path?: readonly string[]
    }
  | {
      readonly read: 'sum'
      readonly key: string
      readonly name: string
      readonly prefix: string
      readonly except: readonly string[]
    }

/**
 * Where messages stand. `messages` one attribute with a list, a request body or plain text ·
 * `quoted` the same, each text being JSON · `flat` one attribute per leaf, `prefix.0.role` … ·
 * `events` span events.
 */
export type MessageSource =
  | { readonly read: 'messages' | 'quoted'; readonly key: string }
  | { readonly read: 'flat'; readonly prefix: string }
  | { readonly read: 'events'; readonly names: readonly string[] }

/** Whether a part of the tokens is counted in its whole or stands beside it. */
export type Standing = 'within' | 'beside'

/** One manner of counting. The first whose input or output is known is taken, whole. */
export interface UsageForm {
  /** The form is used only where one of these says something. */
  readonly marker?: readonly Source[]
  readonly input: readonly Source[]
  readonly output: readonly Source[]
  readonly total?: readonly Source[]
  readonly cacheRead?: readonly Source[]
  readonly cacheWrite?: readonly Source[]
  readonly reasoning?: readonly Source[]
  /** Cached tokens and the input; `within` unless said. */
  readonly cache?: Standing
  /** Reasoning and the output; `within` unless said. */
  readonly thinking?: Standing
  /** The total is known to count every token, so a total without the parts puts them within. */
  readonly hasFullTotal?: true
}

/** What an operation is. An embedding is a model call that writes no tokens. */
export type Operation = SpanType | 'embedding'

export interface OperationTable {
  readonly key: string
  /** By the attribute's text, as it is or else in lower case. */
  readonly operations: Readonly<Record<string, Operation>>
  /** Asked only when no dialect has a better answer. */
  readonly isWeak?: true
}

export type CallField = 'provider' | 'model' | 'temperature' | 'maxTokens' | 'finishReason' | 'cost'

/** How one tracer says what Pharos shows: data, read by `mapSpan`. */
export interface Dialect {
  readonly name: string
  /** A span with an attribute that begins so speaks the dialect. */
  readonly prefixes: readonly string[]
  readonly operations: readonly OperationTable[]
  readonly call?: Readonly<Partial<Record<CallField, readonly Source[]>>>
  readonly system?: readonly MessageSource[]
  readonly prompt?: readonly MessageSource[]
  /** Messages of the model; from them come completion, tool calls and finish reason. */
  readonly reply?: readonly MessageSource[]
  readonly completion?: readonly Source[]
  /** A list of tool calls outside any message. */
  readonly toolCalls?: readonly Source[]
  readonly usage?: readonly UsageForm[]
  readonly tool?: Readonly<Partial<Record<'name' | 'input' | 'output', readonly Source[]>>>
  /** Input and output of agent steps and chains. */
  readonly step?: Readonly<Partial<Record<'name' | 'input' | 'output', readonly Source[]>>>
}
