import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, expect, it } from 'vitest'
import type { Config } from '../../../src/app/config.ts'
import { sendJson, type Received } from '../../support/http-request.ts'
import { at } from '../gateway/stage.ts'
import { BodhiStage } from './stage.ts'

let stage: BodhiStage | undefined
afterEach(() => stage?.[Symbol.asyncDispose]())

async function open(settings: Partial<Config>): Promise<BodhiStage> {
  stage = await BodhiStage.open('sqlite', { settings })
  await stage.clear()
  return stage
}

function post({ app }: BodhiStage, path: string, value: unknown, key = ''): Promise<Received> {
  const headers = { ...(key !== '' && { authorization: `Bearer ${key}` }) }
  return sendJson(app.url, { path: `/bodhi/v1/${path}`, value, headers })
}

function codeOf({ status, text }: Received): string {
  return [status, at(text, 'error', 'code'), at(text, 'error', 'param')].map(String).join(' ')
}

it('lets nobody name addresses of inside where all must show a key', async () => {
  const opened = await open({ auth: 'required' })
  const key = await opened.keyOf('models:manage+completions:run+settings:manage')
  const secret = { type: 'api_key', value: 'sk-secret' }
  const draft = { api_format: 'openai', base_url: opened.known['openai'] }
  const inside = '400 url_validation_error-private_address base_url'
  const made = { ...draft, name: 'x', models: [], api_key: { action: 'set', value: 'sk-secret' } }
  expect(codeOf(await post(opened, 'models/api', made, key))).toBe(inside)
  const fetched = { ...draft, creds: secret }
  expect(codeOf(await post(opened, 'models/api/fetch-models', fetched, key))).toBe(inside)
  const trial = { ...draft, creds: secret, model: 'gpt-x', prompt: 'Hi' }
  const tried = await post(opened, 'models/api/test', trial, key)
  expect(tried.status).toBe(200)
  expect(at(tried.text, 'success')).toBe(false)
  expect(at(tried.text, 'error')).toContain('--allow-private-addresses')
  for (const fake of Object.values(opened.fakes)) expect(fake.requests).toEqual([])
})

it('asks no hub with a token that cannot be one', async () => {
  const opened = await open({ hfToken: 'hf_two words' })
  const asked = { repo: 'lab/chat', filename: 'chat-Q4_0.gguf' }
  const refused = await post(opened, 'modelfiles/update', asked)
  expect(codeOf(refused)).toBe('500 hub_api_error-request null')
  expect(refused.text).not.toContain('two words')
  expect(opened.station.hub.requests).toEqual([])
})

it('says that the file of presets is none', async () => {
  const opened = await open({})
  await writeFile(join(opened.app.config.dataDir, 'models.yaml'), '- alias: 1')
  const refused = await post(opened, 'modelfiles/pull/tinyllama:instruct', {})
  expect(codeOf(refused)).toBe('500 serde_yaml_with_path_error null')
})
