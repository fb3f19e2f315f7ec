import { expect, it } from 'vitest'
import { loadConfig } from '../config.ts'
import { modelMemoryOf } from '../local-models.ts'
import { hubDirOf, hubOptionsOf } from '../model-places.ts'

const load = async (environment: Readonly<Record<string, string>> = {}, argv: string[] = []) =>
  (await loadConfig({ argv, environment, homeDir: '/home/ada', workingDir: '/nowhere' })).config

it('keeps models where others keep theirs, for five minutes, on the CPU', async () => {
  const config = await load()
  expect(config).toMatchObject({
    hfHome: '/home/ada/.cache/huggingface',
    hfEndpoint: 'https://huggingface.co',
    downloadConcurrency: 2,
    keepAliveSeconds: 300,
    modelThreads: undefined,
    engineGpu: 'off',
  })
  expect(hubDirOf(config)).toBe('/home/ada/.cache/huggingface/hub')
  expect(hubOptionsOf(config)).toEqual({
    endpoint: 'https://huggingface.co',
    token: undefined,
    tokenPath: '/home/ada/.cache/huggingface/token',
  })
  expect(modelMemoryOf(config)).toBeGreaterThan(1e8)
  expect(Number.isSafeInteger(modelMemoryOf(config))).toBe(true)
})

it('takes the names that the hub and Bodhi have for its settings', async () => {
  const config = await load({
    HF_HOME: '/models',
    HF_ENDPOINT: 'https://mirror.test/hf/',
    HF_TOKEN: 'hf_secret',
    BODHI_KEEP_ALIVE_SECS: '-1',
  })
  expect(config.keepAliveSeconds).toBe(-1)
  expect(hubDirOf(config)).toBe('/models/hub')
  expect(hubDirOf(await load({ HF_HOME: '/a', HF_HUB_CACHE: '/b' }))).toBe('/b')
  expect(hubOptionsOf(config)).toEqual({
    endpoint: 'https://mirror.test/hf',
    token: 'hf_secret',
    tokenPath: '/models/token',
  })
})

it('reads what models may use', async () => {
  const argv = ['--keep-alive', '-1', '--model-memory=8GB', '--model-threads', '4']
  const config = await load({ PHAROS_KEEP_ALIVE_SECS: '9' }, [...argv, '--engine-gpu', 'AUTO'])
  expect(config).toMatchObject({ keepAliveSeconds: -1, modelThreads: 4, engineGpu: 'auto' })
  expect(modelMemoryOf(config)).toBe(8e9)
  expect((await load({ PHAROS_MODEL_THREADS: 'off' })).modelThreads).toBeUndefined()
})

it.each([
  ['--keep-alive', '-2', 'whole number from -1 to 86400'],
  ['--keep-alive', '5m', 'whole number'],
  ['--model-threads', '0', 'whole number from 1'],
  ['--model-memory', '70%', 'a size such as'],
  ['--engine-gpu', 'cuda', 'one of off, auto'],
  ['--hf-endpoint', 'huggingface.co', 'a web address'],
  ['--download-concurrency', '0', 'whole number from 1 to 16'],
])('refuses %s %s', async (flag, text, message) => {
  await expect(load({}, [flag, text])).rejects.toThrow(message)
})
