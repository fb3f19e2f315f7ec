import { expect, it } from 'vitest'
import { loadConfig } from '../config.ts'

const load = async (environment: Readonly<Record<string, string>>, argv: string[] = []) =>
  (await loadConfig({ argv, environment, homeDir: '/nowhere', workingDir: '/nowhere' })).config

it('has no playground services and no open playground unless told', async () => {
  expect(await load({ PLAYGROUND_SAE_URL: '', PLAYGROUND_LLAMA_8B_URL: ' ' })).toMatchObject({
    playgroundPublic: false,
    playgroundAdminKey: undefined,
    playgroundQwen14bUrl: undefined,
    playgroundLlama8bUrl: undefined,
    playgroundSaeUrl: undefined,
    playgroundActivationsHfUrl: undefined,
    publicBaseUrl: undefined,
  })
})

it('takes the services by the names that Thunder has for them, without slashes at the end', async () => {
  const given = {
    PLAYGROUND_ADMIN_KEY: 'k',
    PLAYGROUND_QWEN_14B_URL: 'http://qwen.test/',
    PLAYGROUND_LLAMA_8B_URL: 'https://llama.test/base//',
    PLAYGROUND_SAE_URL: 'http://127.0.0.1:9000',
    PLAYGROUND_ACTIVATIONS_HF_URL: 'http://hf.test/',
    PUBLIC_BASE_URL: 'https://logs.test/',
  }
  expect(await load(given, ['--playground-public'])).toMatchObject({
    playgroundPublic: true,
    playgroundAdminKey: 'k',
    playgroundQwen14bUrl: 'http://qwen.test',
    playgroundLlama8bUrl: 'https://llama.test/base',
    playgroundSaeUrl: 'http://127.0.0.1:9000',
    playgroundActivationsHfUrl: 'http://hf.test',
    publicBaseUrl: 'https://logs.test',
  })
})

it('takes them by our own names first', async () => {
  const names = ['PLAYGROUND_QWEN_14B_URL', 'PLAYGROUND_SAE_URL', 'PUBLIC_BASE_URL']
  const both = Object.fromEntries(
    names.flatMap((name) => [
      [name, 'http://alias.test'],
      [`PHAROS_${name}`, 'http://own.test'],
    ]),
  )
  expect(await load({ ...both, PHAROS_PLAYGROUND_PUBLIC: 'yes' })).toMatchObject({
    playgroundPublic: true,
    playgroundQwen14bUrl: 'http://own.test',
    playgroundSaeUrl: 'http://own.test',
    publicBaseUrl: 'http://own.test',
  })
})
