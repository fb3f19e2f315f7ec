import { pathOf, searchOf } from './request-facts.ts'

interface Folded {
  readonly parts: readonly string[]
  readonly parameterCount: number
}

const isParameter = (part: string): boolean => part.startsWith('{')

/** Paths whose fixed words may be written in any case, for a router that tells cases apart. */
export class FoldedPaths {
  readonly #templates: Folded[] = []
  /** First words of the templates: most paths are told by theirs to be none of them. */
  readonly #beginnings = new Set<string>()

  /** `template` has its parameters as `{name}`. */
  add(template: string): void {
    const parts = template.split('/')
    this.#templates.push({ parts, parameterCount: parts.filter(isParameter).length })
    this.#templates.sort((one, other) => one.parameterCount - other.parameterCount)
    this.#beginnings.add(parts[1]?.toLowerCase() ?? '')
  }

  /** The address with such words as their template has them; parameters and query stay. */
  inTheirCase(url: string): string {
    const path = pathOf(url)
    if (!/[A-Z]/u.test(path)) return url
    const sent = path.split('/')
    if (!this.#beginnings.has(sent[1]?.toLowerCase() ?? '')) return url
    const template = this.#templates.find(({ parts }) => isAlike(parts, sent))
    if (template === undefined) return url
    const words = sent.map((part, at) => {
      const word = template.parts[at]
      return word === undefined || isParameter(word) ? part : word
    })
    return words.join('/') + searchOf(url)
  }
}

/** One slash at the end makes no other path. */
function isAlike(parts: readonly string[], sent: readonly string[]): boolean {
  const isSlashed = sent.length === parts.length + 1 && sent.at(-1) === ''
  if (sent.length !== parts.length && !isSlashed) return false
  return parts.every((part, at) =>
    isParameter(part) ? sent[at] !== '' : part.toLowerCase() === sent[at]?.toLowerCase(),
  )
}
