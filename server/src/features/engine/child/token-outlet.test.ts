import { describe, expect, it } from 'vitest'
import type { EngineNews } from '../engine-protocol.ts'
import { TokenOutlet } from './token-outlet.ts'

function outletWith(credit: number): { outlet: TokenOutlet; sent: EngineNews[] } {
  const sent: EngineNews[] = []
  return { outlet: new TokenOutlet((news) => sent.push(news), 3, credit), sent }
}

describe('TokenOutlet', () => {
  it('sends the first token at once and gathers what comes right behind it', () => {
    const { outlet, sent } = outletWith(10)
    outlet.add('a', null)
    expect(sent).toEqual([{ type: 'tokens', id: 3, text: 'a', count: 1, tokens: null }])
    outlet.add('b', null)
    outlet.add('c', null)
    outlet.flush()
    const texts = sent.map((news) => (news.type === 'tokens' ? news.text : ''))
    expect(texts.join('')).toBe('abc')
  })

  it('sends nothing where there is nothing', () => {
    const { outlet, sent } = outletWith(10)
    outlet.flush()
    outlet.addText('')
    outlet.flush()
    expect(sent).toEqual([])
  })

  it('takes one credit for each token and waits for more', async () => {
    const { outlet } = outletWith(1)
    outlet.add('a', null)
    expect(outlet.hasCredit).toBe(false)
    const refilled = outlet.refilled(new AbortController().signal)
    outlet.give(2)
    await refilled
    expect(outlet.hasCredit).toBe(true)
  })

  it('waits no longer once the job is aborted', async () => {
    const { outlet } = outletWith(0)
    const abort = new AbortController()
    const refilled = outlet.refilled(abort.signal)
    abort.abort()
    await refilled
    expect(outlet.hasCredit).toBe(false)
  })
})
