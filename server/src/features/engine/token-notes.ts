import type { TracedToken } from './engine-protocol.ts'
import type { TokenTrace } from './engine.ts'
import type { GroupNews } from './job-group.ts'

/** The trace of a reply's first answer, as it comes. */
export class TokenNotes implements TokenTrace {
  readonly tokens: TracedToken[] = []
  #prompt: TokenTrace['prompt'] = { text: null, tokens: [] }

  get prompt(): TokenTrace['prompt'] {
    return this.#prompt
  }

  add(said: readonly GroupNews[]): void {
    for (const { index, news } of said) {
      if (index !== 0) continue
      if (news.type === 'begun' && news.prompt) this.#prompt = news.prompt
      if (news.type === 'tokens' && news.tokens) this.tokens.push(...news.tokens)
    }
  }
}
