import { describe, expect, it } from 'vitest'
import { options, type OptionName } from './options.ts'
import { parseValue } from './parse-value.ts'

const place = { homeDir: '/home/ada', workingDir: '/work' }
const parse = (option: OptionName, ...texts: string[]) => parseValue(options[option], texts, place)

describe('parseValue', () => {
  it.each<[OptionName, string[], unknown]>([
    ['port', ['0'], 0],
    ['port', ['65535'], 65535],
    ['host', ['LOCALHOST', '10.0.0.1,[::1]', '10.0.0.1'], ['localhost', '10.0.0.1', '::1']],
    ['host', ['pharos.example.org'], ['pharos.example.org']],
    [
      'corsOrigins',
      ['https://Example.org/, http://a.test:8080'],
      ['https://example.org', 'http://a.test:8080'],
    ],
    [
      'trustProxy',
      ['loopback,10.0.0.0/8,fd00::/8,192.168.1.1'],
      ['loopback', '10.0.0.0/8', 'fd00::/8', '192.168.1.1'],
    ],
    ['logLevel', ['WARNING'], 'warn'],
    ['logLevel', ['off'], 'silent'],
    ['auth', ['Required'], 'required'],
    ['demo', ['yes'], true],
    ['insecure', ['0'], false],
    ['retentionDays', ['0.5'], 0.5],
    ['retentionDays', ['off'], undefined],
    ['retentionBytes', ['1500'], 1500],
    ['retentionBytes', ['1.5 MB'], 1_500_000],
    ['retentionBytes', ['2GiB'], 2 ** 31],
    ['dataDir', ['~/x'], '/home/ada/x'],
    ['dataDir', ['~'], '/home/ada'],
    ['dataDir', ['x/../y'], '/work/y'],
    ['dataDir', ['/srv/~x'], '/srv/~x'],
    ['beaconDatabase', ['OFF'], undefined],
    ['databaseUrl', ['postgresql://u:p@h:5432/d'], 'postgresql://u:p@h:5432/d'],
    ['openaiBaseUrl', ['http://localhost:8000/v1/'], 'http://localhost:8000/v1'],
    ['ollamaBaseUrl', ['HTTPS://Models.test'], 'https://models.test'],
    ['googleBaseUrl', ['off'], undefined],
    ['port', ['1', '2'], 2],
  ])('reads %s from %j', (option, texts, value) => {
    expect(parse(option, ...texts)).toEqual({ value })
  })

  it.each<[OptionName, string, string]>([
    ['port', '65536', 'must be a whole number from 0 to 65535, not "65536"'],
    ['port', '-1', 'must be a whole number from 0 to 65535, not "-1"'],
    ['port', '1.5', 'must be a whole number from 0 to 65535, not "1.5"'],
    ['port', '0x10', 'must be a whole number from 0 to 65535, not "0x10"'],
    ['port', 'off', 'must be a whole number from 0 to 65535, not "off"'],
    ['host', '256.1.1.1', 'must be an address or a host name, not "256.1.1.1"'],
    ['host', 'http://x', 'must be an address or a host name, not "http://x"'],
    ['host', ',', 'must name at least one'],
    [
      'corsOrigins',
      'example.org',
      'must be a web origin such as https://example.org, not "example.org"',
    ],
    [
      'corsOrigins',
      'https://a.test/path',
      'must be a web origin such as https://example.org, not "https://a.test/path"',
    ],
    ['trustProxy', '10.0.0.0/33', 'must be an address, a subnet or "loopback", not "10.0.0.0/33"'],
    ['auth', 'maybe', 'must be one of open, required, not "maybe"'],
    ['demo', 'maybe', 'must be true or false, not "maybe"'],
    ['retentionDays', '0', 'must be a number above 0 and up to 36500, not "0"'],
    ['retentionBytes', '0', 'must be a size such as 500MB or 20GiB, not "0"'],
    ['openaiBaseUrl', 'localhost:8000', 'must be a web address such as https://example.org/v1'],
    ['openaiBaseUrl', 'ftp://a.test', 'must be a web address such as https://example.org/v1'],
    ['openaiBaseUrl', 'http://a.test/?k=v', 'must be a web address such as https://example.org/v1'],
    ['openaiBaseUrl', 'http://u:p@a.test', 'must be a web address such as https://example.org/v1'],
    ['upstreamTimeoutMs', '0', 'must be a whole number from 1 to 3600000, not "0"'],
    ['retentionBytes', '5 apples', 'must be a size such as 500MB or 20GiB, not "5 apples"'],
  ])('refuses %s %j', (option, text, problem) => {
    expect(parse(option, text)).toEqual({ problem })
  })

  it('never repeats a secret in a problem', () => {
    for (const option of ['databaseUrl', 'encryptionKey'] as const) {
      expect(parse(option, 'hunter2')).toEqual({ problem: expect.not.stringContaining('hunter2') })
    }
  })

  it('takes a master key of exactly 32 bytes in base64', () => {
    const key = Buffer.alloc(32, 7).toString('base64')
    expect(parse('encryptionKey', key)).toEqual({ value: key })
    const short = Buffer.alloc(31, 7).toString('base64')
    expect(parse('encryptionKey', short)).toHaveProperty('problem')
    expect(parse('encryptionKey', `${key.slice(0, -1)} !`)).toHaveProperty('problem')
  })
})
