import { byChoice, headOf, type ReplyEncoder } from './chat-encoder.ts'
import type { JobNews } from './engine-process.ts'
import type { GenerateEnd, TracedToken } from './engine-protocol.ts'
import type { GroupNews } from './job-group.ts'
import type { TextWork } from './read-text-request.ts'
import { timingsOf, usageOf, type ReplyFacts } from './reply-facts.ts'
import { lengthOf, textTokens } from './reply-tokens.ts'

/** One answer of the older completions: a text that goes on. */
class TextChoice {
  readonly #top: number | null
  /** Where in prompt and answer the next token begins. */
  #offset: number
  end: GenerateEnd | null = null

  constructor({ prompt }: TextWork['jobs'][number], top: number | null) {
    this.#top = top
    this.#offset = top !== null && prompt.kind === 'text' ? lengthOf(prompt.text) : 0
  }

  read(said: readonly JobNews[]): { readonly text: string; readonly tokens: TracedToken[] } {
    const tokens: TracedToken[] = []
    let text = ''
    for (const news of said) {
      if (news.type === 'tokens') {
        text += news.text
        if (news.tokens && this.#top !== null) tokens.push(...news.tokens)
      } else if (news.type === 'ended') this.end = news.end
    }
    return { text, tokens }
  }

  /** Null where nobody asked, and for a chunk that brings no token. */
  logprobs(tokens: readonly TracedToken[]) {
    if (this.#top === null || tokens.length === 0) return null
    const offset = this.#offset
    for (const { text } of tokens) this.#offset += lengthOf(text)
    return textTokens(tokens, this.#top, offset)
  }
}

/** The stream of a text: pieces, ends, usage, `[DONE]`. */
export class TextStream implements ReplyEncoder {
  readonly #work: TextWork
  readonly #head: string
  readonly #choices: readonly TextChoice[]

  constructor(work: TextWork, facts: ReplyFacts) {
    this.#work = work
    this.#head = headOf('text_completion', facts)
    this.#choices = work.jobs.map((job) => new TextChoice(job, work.logprobs))
  }

  get isOver(): boolean {
    return this.#choices.every(({ end }) => end)
  }

  feed(said: readonly GroupNews[]): string {
    const lists = byChoice(said, this.#choices.length)
    const texts = this.#choices.map((choice, index) => this.#pieces(choice, index, lists[index]))
    return texts.join('') + (this.isOver ? this.#closing() : '')
  }

  #pieces(choice: TextChoice, index: number, said: readonly JobNews[] = []): string {
    if (said.length === 0) return ''
    const { text, tokens } = choice.read(said)
    const logprobs = choice.logprobs(tokens)
    const piece = text === '' && !logprobs ? '' : this.#frame(index, text, logprobs)
    if (!choice.end) return piece
    const figures = this.isOver ? `,${this.#usage()},"timings":${this.#timings()}` : ''
    const last = `{"text":"","index":${index},"logprobs":null,"finish_reason":"${reasonOf(choice)}"}`
    return `${piece}${this.#head}[${last}]${figures}}\n\n`
  }

  #frame(index: number, text: string, logprobs: object | null): string {
    const tokens = logprobs ? JSON.stringify(logprobs) : 'null'
    const piece = `{"text":${JSON.stringify(text)},"index":${index},"logprobs":${tokens},"finish_reason":null}`
    return `${this.#head}[${piece}]}\n\n`
  }

  #closing(): string {
    const extra = this.#work.includesUsage ? `${this.#head}[],${this.#usage()}}\n\n` : ''
    return `${extra}data: [DONE]\n\n`
  }

  #usage(): string {
    const usage = usageOf(endsOf(this.#choices), this.#work.choicesPerPrompt)
    return `"usage":${JSON.stringify(usage)}`
  }

  #timings(): string {
    return JSON.stringify(timingsOf(endsOf(this.#choices)))
  }
}

/** A text in one piece. */
export class TextReply implements ReplyEncoder {
  readonly #work: TextWork
  readonly #facts: ReplyFacts
  readonly #choices: readonly TextChoice[]
  readonly #texts: string[]
  readonly #tokens: readonly TracedToken[][]

  constructor(work: TextWork, facts: ReplyFacts) {
    this.#work = work
    this.#facts = facts
    this.#choices = work.jobs.map((job) => new TextChoice(job, work.logprobs))
    this.#texts = work.jobs.map(() => '')
    this.#tokens = work.jobs.map(() => [])
  }

  get isOver(): boolean {
    return this.#choices.every(({ end }) => end)
  }

  feed(said: readonly GroupNews[]): string {
    const lists = byChoice(said, this.#choices.length)
    for (const [index, choice] of this.#choices.entries()) {
      const { text, tokens } = choice.read(lists[index] ?? [])
      this.#texts[index] += text
      this.#tokens[index]?.push(...tokens)
    }
    return this.isOver ? JSON.stringify(this.#body()) : ''
  }

  #body() {
    const { id, created, model } = this.#facts
    const ends = endsOf(this.#choices)
    return {
      id,
      object: 'text_completion',
      created,
      model,
      choices: this.#choices.map((choice, index) => ({
        text: this.#texts[index],
        index,
        logprobs: choice.logprobs(this.#tokens[index] ?? []),
        finish_reason: reasonOf(choice),
      })),
      usage: usageOf(ends, this.#work.choicesPerPrompt),
      timings: timingsOf(ends),
    }
  }
}

function endsOf(choices: readonly TextChoice[]): readonly GenerateEnd[] {
  return choices.flatMap(({ end }) => end ?? [])
}

function reasonOf({ end }: TextChoice): 'stop' | 'length' {
  return end?.reason === 'length' ? 'length' : 'stop'
}
