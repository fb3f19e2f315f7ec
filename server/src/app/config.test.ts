import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, toListenAddresses, type Loaded } from './config.ts'
import { readArguments } from './config/read-arguments.ts'

let root = ''
let dataDir = ''

beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'pharos-config-'))
  dataDir = join(root, 'home/.pharos')
  await mkdir(dataDir, { recursive: true })
})

afterEach(async () => {
  await chmod(root, 0o700)
  await rm(root, { recursive: true })
})

const load = async (
  argv: readonly string[] = [],
  environment: Readonly<Record<string, string>> = {},
): Promise<Loaded> =>
  loadConfig({ argv, environment, homeDir: join(root, 'home'), workingDir: root })

describe('loadConfig', () => {
  it('starts with the defaults when nothing is given', async () => {
    const { command, config, sources } = await load()
    expect(command).toEqual({ name: 'start' })
    expect(config).toMatchObject({
      host: ['localhost'],
      port: 7474,
      dataDir,
      auth: 'open',
      ingestAuth: 'loopback',
      corsOrigins: [],
      retentionDays: undefined,
      logLevel: 'info',
      demo: false,
      beaconDatabase: join(root, 'home/.beacon/traces.db'),
    })
    expect(sources.port).toEqual({ layer: 'default', name: 'port' })
  })

  it('lets the command line beat the environment, that the file, and that the default', async () => {
    await writeFile(
      join(dataDir, 'settings.yaml'),
      'port: 3\nlog-level: debug\nretention-days: 9\ncors-origin:\n  - https://a.test\n',
    )
    const { config, sources } = await load(['--port=1'], { PORT: '2', PHAROS_LOG_LEVEL: 'warn' })
    expect(config).toMatchObject({
      port: 1,
      logLevel: 'warn',
      retentionDays: 9,
      corsOrigins: ['https://a.test'],
      auth: 'open',
    })
    expect(sources).toMatchObject({
      port: { layer: 'command line', name: '--port' },
      logLevel: { layer: 'environment', name: 'PHAROS_LOG_LEVEL' },
      retentionDays: { layer: 'file', name: `${join(dataDir, 'settings.yaml')}: retention-days` },
      auth: { layer: 'default' },
    })
  })

  it('hands on each value with its source and default, but no secret', async () => {
    await writeFile(join(dataDir, 'settings.yaml'), 'keep-alive: 600\n')
    const environment = {
      OPENAI_API_KEY: 'sk-secret',
      BODHI_PORT: '9',
      PHAROS_RETENTION_DAYS: 'off',
    }
    const { operator } = await load(['--auth=required'], environment)
    expect(operator.options).toMatchObject({
      auth: { source: 'command line', value: 'required', fallback: 'open' },
      port: { source: 'environment', value: 9, fallback: 7474 },
      keepAliveSeconds: { source: 'file', value: 600, fallback: 300 },
      retentionDays: { source: 'environment', value: undefined, fallback: undefined },
      host: { source: 'default', value: ['localhost'], fallback: ['localhost'] },
    })
    expect(operator.options).not.toHaveProperty('openaiApiKey')
    expect(operator.options).not.toHaveProperty('databaseUrl')
    expect(JSON.stringify(operator)).not.toContain('sk-secret')
  })

  it('hands on settings that are no options as they were written', async () => {
    await writeFile(join(dataDir, 'settings.yaml'), 'FEATURE_A: true\nMODEL_DEFAULT_STOP: [a, b]\n')
    await writeFile(join(root, '.env'), 'FEATURE_A=false\nFEATURE_B=\nPREF_X=x\n')
    const { operator, warnings } = await load([], { MODEL_DEFAULT_TOP_P: 'high', FEATURE_: 'x' })
    expect(operator.named).toEqual([
      { key: 'FEATURE_A', source: 'environment', given: 'false' },
      { key: 'MODEL_DEFAULT_TOP_P', source: 'environment', given: 'high' },
      { key: 'FEATURE_A', source: 'file', given: true },
      { key: 'MODEL_DEFAULT_STOP', source: 'file', given: ['a', 'b'] },
    ])
    expect(warnings).toEqual([])
  })

  it("reads Bodhi's names, also in the file, where our own beat them", async () => {
    const path = join(dataDir, 'settings.yaml')
    await writeFile(
      path,
      'port: 1\nBODHI_PORT: 2\nBODHI_HOST: 127.0.0.2\nBODHI_EXEC_VARIANT: cpu\nHF_HOME: /hf\nBODHI_LOGS: /logs\n',
    )
    const { config, warnings } = await load([], {
      BODHI_LOG_LEVEL: 'debug',
      BODHI_EXEC_VARIANT: '',
    })
    expect(config).toMatchObject({
      port: 1,
      host: ['127.0.0.2'],
      engineGpu: 'off',
      hfHome: '/hf',
      logLevel: 'debug',
    })
    expect(warnings).toEqual([`${path}: BODHI_LOGS means nothing here: it is left out`])
    await writeFile(path, 'BODHI_PORT: 2\nport: 1\n')
    expect((await load()).config.port).toBe(1)
    await writeFile(path, 'BODHI_PORT: many\n')
    await expect(load()).rejects.toThrow('settings.yaml: BODHI_PORT must be a whole number')
  })

  it('takes our own environment name before its aliases, in their order', async () => {
    const all = { PORT: '1', APP_PORT: '2', BEACON_BACKEND_PORT: '3', PHAROS_PORT: '4' }
    expect((await load([], all)).config.port).toBe(4)
    expect((await load([], { ...all, PHAROS_PORT: ' ' })).config.port).toBe(3)
    expect((await load([], { PORT: '1', APP_PORT: '2' })).config.port).toBe(2)
  })

  it('reads .env of the working folder, which the environment beats unless it is empty', async () => {
    await writeFile(join(root, '.env'), 'PORT=1\nAPP_HOST="127.0.0.2"\nOPENAI_API_KEY=k\nOTHER=x\n')
    const { config } = await load([], { PORT: '2', APP_HOST: '' })
    expect(config).toMatchObject({ port: 2, host: ['127.0.0.2'], openaiApiKey: 'k' })
  })

  it('looks for settings.yaml in the data folder that the command line names', async () => {
    await mkdir(join(root, 'elsewhere'))
    await writeFile(join(root, 'elsewhere/settings.yaml'), 'port: 9\n')
    expect((await load(['--data-dir', 'elsewhere'])).config.port).toBe(9)
  })

  it.each([
    ['port: [1, 2', 'settings.yaml: '],
    ['- port\n', 'must hold lines of the form "key: value"'],
    ['retention_days: 3\n', 'unknown key "retention_days"; did you mean "retention-days"?'],
    ['data-dir: /x\n', 'unknown key "data-dir"'],
    ['port: { a: 1 }\n', 'must be a value or a list of values'],
    ['port: abc\n', 'settings.yaml: port must be a whole number'],
  ])('refuses the settings file %j in one line', async (text, message) => {
    await writeFile(join(dataDir, 'settings.yaml'), text)
    await expect(load()).rejects.toMatchObject({
      name: 'ConfigError',
      exitCode: 2,
      message: expect.stringMatching(/^[^\n]+$/),
    })
    await expect(load()).rejects.toThrow(message)
  })

  it('stops at an unknown PHAROS_ name with a suggestion, but not at an empty one', async () => {
    await expect(load([], { PHAROS_PROT: '1' })).rejects.toThrow(
      'Unknown environment variable PHAROS_PROT; did you mean "PHAROS_PORT"?',
    )
    await expect(load([], { PHAROS_PROT: '' })).resolves.toHaveProperty('config.port', 7474)
  })

  it('names a bad value by the name under which it was given', async () => {
    await expect(load([], { PORT: 'abc' })).rejects.toThrow(
      'PORT must be a whole number from 0 to 65535, not "abc"',
    )
    await expect(load(['--port', 'abc'])).rejects.toThrow('--port must be a whole number')
  })

  it('takes the bare level of RUST_LOG and ignores directives for other programs', async () => {
    const level = async (text: string) => (await load([], { RUST_LOG: text })).config.logLevel
    expect(await level('hyper=trace,debug')).toBe('debug')
    expect(await level('hyper=trace')).toBe('info')
  })

  it('refuses to be open on an address that other machines reach', async () => {
    const message = 'Host "0.0.0.0" can be reached from other machines'
    await expect(load(['--host', '0.0.0.0'])).rejects.toThrow(message)
    await expect(load(['--host=localhost,0.0.0.0', '--auth=open'])).rejects.toThrow(message)
    for (const more of [['--auth=required'], ['--auth', 'open', '--insecure'], ['--insecure']]) {
      const { config } = await load(['--host', '0.0.0.0', ...more])
      expect(config.host).toEqual(['0.0.0.0'])
    }
    await expect(load(['--host=127.0.0.2', '--host', '::1'])).resolves.toBeDefined()
  })

  it('lets the key commands run whatever the server would listen on', async () => {
    const { command } = await load(['keys', 'list'], { PHAROS_HOST: '0.0.0.0' })
    expect(command).toEqual({ name: 'keys list' })
  })

  it('gives help even where the settings are broken', async () => {
    const { command } = await load(['--help'], { PHAROS_PROT: '1', PORT: 'abc' })
    expect(command).toMatchObject({
      name: 'help',
      text: expect.stringContaining('--port <number>'),
    })
  })
})

describe('readArguments', () => {
  const command = (...argv: string[]) => readArguments(argv).command

  it('knows its commands, start being the default', () => {
    expect(command()).toEqual({ name: 'start' })
    expect(command('start', '--port', '1')).toEqual({ name: 'start' })
    expect(command('--data-dir', 'x', 'migrate')).toEqual({ name: 'migrate' })
    expect(command('keys', 'list')).toEqual({ name: 'keys list' })
    expect(command('keys', 'revoke', 'abc')).toEqual({ name: 'keys revoke', key: 'abc' })
    expect(command('--version')).toEqual({ name: 'version' })
  })

  it('reads what a new key shall be', () => {
    expect(command('keys', 'create', '--name', 'ci')).toEqual({
      name: 'keys create',
      label: 'ci',
      scopes: ['traces:read', 'traces:write'],
      expiresInDays: undefined,
      limits: {},
    })
    expect(
      command(
        'keys',
        'create',
        '--name=a b',
        '--scopes',
        'logs:read, logs:read',
        '--expires-days=30',
      ),
    ).toMatchObject({ label: 'a b', scopes: ['logs:read'], expiresInDays: 30 })
    expect(command('keys', 'create', '--name=x', '--scopes=all')).toHaveProperty(
      'scopes',
      expect.arrayContaining(['settings:manage', 'audit:read']),
    )
  })

  it('reads which stored spans shall be gone over', () => {
    expect(command('reprice')).toEqual({ name: 'reprice', since: undefined, model: undefined })
    expect(command('reprice', '--since', '7', '--model=gpt-4o')).toEqual({
      name: 'reprice',
      since: { daysAgo: 7 },
      model: 'gpt-4o',
    })
    expect(command('reprice', '--since=2026-01-31')).toHaveProperty('since', {
      from: Date.UTC(2026, 0, 31) / 1000,
    })
    expect(command('remap')).toEqual({ name: 'remap', all: false })
    expect(command('remap', '--all')).toEqual({ name: 'remap', all: true })
    expect(command('remap', '--all', '--no-all')).toEqual({ name: 'remap', all: false })
  })

  it.each([
    [['--prot', '1'], 'Unknown option --prot; did you mean "--port"?'],
    [['-p', '1'], 'Unknown option -p'],
    [['--constructor'], 'Unknown option --constructor'],
    [['migrat'], 'Unknown command "migrat"; did you mean "migrate"?'],
    [['keys'], '"keys" needs one of: keys create, keys list, keys limit, keys revoke'],
    [['keys', 'revoke'], '"keys revoke" needs a key'],
    [['keys', 'list', 'x'], '"keys list" does not expect "x"'],
    [['keys', 'create'], 'keys create needs --name'],
    [
      ['keys', 'create', '--name=x', '--scopes=trace:read'],
      'Unknown scope "trace:read"; did you mean "traces:read"?',
    ],
    [['keys', 'create', '--name=x', '--scopes='], '--scopes must name at least one scope'],
    [['keys', 'create', '--name=x', '--expires-days=0'], '--expires-days must be a number above 0'],
    [['keys', 'list', '--port', '1'], '--port is no option of "keys list"'],
    [['start', '--name', 'x'], '--name is no option of "start"'],
    [['--port'], '--port needs a value'],
    [['--port', '--demo'], '--port needs a value'],
    [['start', 'me'], '"start" does not expect "me"'],
    [['reprice', '--since', 'monday'], '--since must be days'],
    [['reprice', '--since'], '--since needs a value'],
    [['reprice', '--model='], '--model needs the name of a model'],
    [['reprice', '--all'], '--all is no option of "reprice"'],
    [['remap', '--all=yes'], '--all takes no value'],
  ])('refuses %j', (argv, message) => {
    expect(() => readArguments(argv)).toThrow(message)
  })

  it('collects a repeated flag and reads a negated one', () => {
    const { layer } = readArguments(['--host', 'a', '--host=b', '--no-demo', '--insecure'])
    expect(layer.given.get('host')?.texts).toEqual(['a', 'b'])
    expect(layer.given.get('demo')?.texts).toEqual(['false'])
    expect(layer.given.get('insecure')?.texts).toEqual(['true'])
  })

  it('gives the help of one command', () => {
    const help = command('keys', 'create', '--help')
    expect(help).toMatchObject({ name: 'help', text: expect.stringContaining('--expires-days') })
    expect(help).toMatchObject({ text: expect.not.stringContaining('--port') })
    expect(command('help', 'reprice')).toMatchObject({
      text: expect.stringContaining('--since <days|date>'),
    })
    expect(command('remap', '--help')).toMatchObject({
      text: expect.stringMatching(/--all {2,}\w/),
    })
  })
})

describe('toListenAddresses', () => {
  it('listens on both loopback addresses for localhost, each address once', () => {
    expect(toListenAddresses(['localhost', '::1', '10.0.0.1'])).toEqual([
      '127.0.0.1',
      '::1',
      '10.0.0.1',
    ])
  })
})
