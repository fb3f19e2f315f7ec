import mustache from 'mustache'
import type { PromptEscape } from './prompt.ts'

/** Throws what is wrong with the syntax of a template. */
export function parseTemplate(template: string): void {
  newWriter().parse(template)
}

/**
 * A template of Mustache filled with a JSON value. Throws for bad syntax and for null, in which
 * nothing can be looked up. May take any time and memory: both are the template's to decide.
 * Source: hypersigil contract §4.1.
 */
export function renderTemplate(template: string, data: unknown, escape: PromptEscape): string {
  const config = escape === 'none' ? { escape: String } : {}
  return newWriter().render(template, new JsonContext(data), undefined, config)
}

/** NOTE: a writer keeps every template it has ever seen unless it is told not to. */
function newWriter() {
  return Object.assign(new mustache.Writer(), { templateCache: undefined })
}

/**
 * Looks names up in JSON alone. The library's own would find what every object and list inherits,
 * and would call what is a function there.
 */
class JsonContext extends mustache.Context {
  readonly #data: unknown
  readonly #outer: JsonContext | undefined

  constructor(data: unknown, outer?: JsonContext) {
    super(data, outer)
    this.#data = data
    this.#outer = outer
  }

  override push(data: unknown): JsonContext {
    return new JsonContext(data, this)
  }

  /** A path is looked up where its last step is found, from the inside out. */
  override lookup(name: string): unknown {
    if (name === '.') return this.#data
    const steps = name.indexOf('.') > 0 ? name.split('.') : [name]
    return this.#find(steps)?.value
  }

  #find(steps: readonly string[]): Found | undefined {
    const found = follow(this.#data, steps)
    if (found !== undefined || this.#outer === undefined) return found
    return this.#outer.#find(steps)
  }
}

interface Found {
  readonly value: unknown
}

/** A single name is not looked up in a text, a path is: `{{word.length}}`. */
function follow(data: unknown, steps: readonly string[]): Found | undefined {
  if (data === null || data === undefined) {
    if (steps.length > 1) return undefined
    throw new TypeError(`There is no value in which ${steps[0]} could be looked up`)
  }
  let value: unknown = data
  for (const step of steps) {
    if (value === null || value === undefined) return undefined
    if (steps.length === 1 && typeof value !== 'object') return undefined
    if (!Object.hasOwn(value, step)) return undefined
    value = Reflect.get(Object(value), step)
  }
  return { value }
}
