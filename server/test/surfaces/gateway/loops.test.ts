import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { anyModel, ask, at, chat, dialectCalls, openGateway, type GatewayStage } from './stage.ts'

const hopsHeader = 'x-pharos-hops'

describe('A request that runs in a circle', () => {
  let stage: GatewayStage
  let neighbour: GatewayStage
  beforeAll(async () => {
    stage = await openGateway()
    neighbour = await openGateway()
    const kind = 'openai-compatible'
    await stage.connect('there', { kind, base_url: `${neighbour.app.url}/v1` })
    await neighbour.connect('back', { kind, base_url: `${stage.app.url}/v1` })
  })
  afterAll(async () => {
    await stage[Symbol.asyncDispose]()
    await neighbour[Symbol.asyncDispose]()
  })

  const upstreamCount = () => stage.fakes.anthropic.requests.length

  describe.each(dialectCalls)('in $dialect', (call) => {
    it.each(['3', '4', '1000'])('is refused after %s servers', async (hops) => {
      const before = upstreamCount()
      const headers = { [hopsHeader]: hops }
      const { status, text } = await ask(stage.app.url, call, { headers })
      expect(status).toBe(508)
      expect(String(call.errorOf(text))).toMatch(/^loop_detected|^api_error$|circle/)
      expect(upstreamCount()).toBe(before)
    })

    it.each([
      [undefined, '1'],
      ['1', '2'],
      ['2', '3'],
      ['-5', '1'],
      ['many', '1'],
    ])('is counted: after %s it goes on as %s', async (hops, expected) => {
      const headers = hops === undefined ? {} : { [hopsHeader]: hops }
      await ask(stage.app.url, call, { headers })
      expect(stage.fakes.anthropic.requests.at(-1)?.headers[hopsHeader]).toBe(expected)
    })

    it('is refused where a connection leads to this very server', async () => {
      const name = `self-${call.path.replaceAll(/\W/g, '')}`
      const { port } = new URL(stage.app.url)
      const base_url = `http://localhost:${port}/v1`
      await stage.connect(name, { kind: 'openai-compatible', base_url })
      const { status, text } = await ask(stage.app.url, call, { model: `${name}/gpt-4o-mini` })
      expect(status).toBe(508)
      expect(String(call.errorOf(text))).toMatch(/^loop_detected|^api_error$|own address|itself/)
    })
  })

  it('ends between two servers that lead to each other', async () => {
    const before = upstreamCount()
    const far = `there/back/there/${anyModel}`
    const reply = await ask(stage.app.url, chat, { model: far })
    expect(reply.status).toBe(508)
    expect(at(reply.text, 'error', 'code')).toBe('loop_detected')
    expect(upstreamCount()).toBe(before)
    const name = `there/back/${anyModel}`
    const near = await ask(stage.app.url, chat, { model: name })
    expect(near.status).toBe(200)
    expect(at(near.text, 'model')).toBe(name)
    expect(stage.fakes.anthropic.requests.at(-1)?.headers[hopsHeader]).toBe('3')
  })
})
