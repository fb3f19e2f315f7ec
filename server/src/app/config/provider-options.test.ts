import { expect, it } from 'vitest'
import { loadConfig } from '../config.ts'

const load = async (argv: readonly string[], environment: Record<string, string> = {}) =>
  (await loadConfig({ argv, environment, workingDir: '/nowhere', homeDir: '/nowhere' })).config

it('Executions run four at a time at a provider, unless somebody says otherwise', async () => {
  expect(await load([])).toMatchObject({ executionsPerProvider: 4 })
  const environment = { PHAROS_EXECUTIONS_PER_PROVIDER: '8' }
  expect(await load([], environment)).toMatchObject({ executionsPerProvider: 8 })
  const argv = ['--executions-per-provider=64']
  expect(await load(argv, environment)).toMatchObject({ executionsPerProvider: 64 })
  for (const value of ['0', '65', '1.5', 'many']) {
    await expect(load([`--executions-per-provider=${value}`])).rejects.toThrow('64')
  }
})

it('Voyage AI is reached with what the environment gives', async () => {
  const environment = { VOYAGE_API_KEY: 'pa-given', VOYAGE_BASE_URL: 'http://voyage.test/v1/' }
  const config = await load([], environment)
  expect(config).toMatchObject({
    voyageApiKey: 'pa-given',
    voyageBaseUrl: 'http://voyage.test/v1',
  })
  expect(await load([])).toMatchObject({ voyageApiKey: undefined, voyageBaseUrl: undefined })
})
