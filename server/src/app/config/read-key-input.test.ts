import { describe, expect, it } from 'vitest'
import { readArguments } from './read-arguments.ts'

const command = (...argv: string[]) => readArguments(argv).command

describe('the limits of a key on the command line', () => {
  it('are read when a key is made', () => {
    const line =
      'keys create --name=ci --budget-usd 2.5 --budget-period=Day --requests-per-minute=60 ' +
      '--tokens-per-minute 90000 --models'
    expect(command(...line.split(' '), 'gpt-4o, openai/*')).toMatchObject({
      name: 'keys create',
      limits: {
        budgetUsd: 2.5,
        budgetPeriod: 'day',
        requestsPerMinute: 60,
        tokensPerMinute: 90000,
        models: ['gpt-4o', 'openai/*'],
      },
    })
  })

  it('are read when they change, with a word for none', () => {
    expect(command('keys', 'limit', 'abc', '--budget-usd=off', '--models=all')).toEqual({
      name: 'keys limit',
      key: 'abc',
      limits: { budgetUsd: null, models: null },
    })
    expect(command('keys', 'limit', 'abc', '--budget-period=month')).toEqual({
      name: 'keys limit',
      key: 'abc',
      limits: { budgetPeriod: 'month' },
    })
  })

  it.each([
    [['--budget-usd=-1'], '--budget-usd must be a number above 0 and up to 1000000000, or off'],
    [['--budget-usd=0'], 'not "0"'],
    [['--budget-usd=1e3'], 'not "1e3"'],
    [['--budget-usd=five'], 'not "five"'],
    [['--budget-usd='], 'not ""'],
    [['--requests-per-minute=1.5'], '--requests-per-minute must be a whole number from 1 to'],
    [['--tokens-per-minute=0'], '--tokens-per-minute must be a whole number from 1 to'],
    [['--budget-usd=1', '--budget-period=week'], 'must be one of day, month, total, not "week"'],
    [['--models=, ,'], '--models must name at least one model, or all'],
  ])('refuses %j', (flags, message) => {
    expect(() => command('keys', 'create', '--name=x', ...flags)).toThrow(message)
    expect(() => command('keys', 'limit', 'abc', ...flags)).toThrow(message)
  })

  it('asks for what a command cannot do without', () => {
    const create = () => command('keys', 'create', '--name=x', '--budget-period=day')
    expect(create).toThrow('--budget-period needs --budget-usd')
    expect(() => command('keys', 'limit', 'abc')).toThrow(
      '"keys limit" needs at least one of --budget-usd, --budget-period,',
    )
    expect(() => command('keys', 'limit', '--models=x')).toThrow('"keys limit" needs a key')
    expect(() => command('keys', 'list', '--models=x')).toThrow('--models is no option of')
  })

  it('stand in the help', () => {
    for (const words of ['create', 'limit']) {
      const help = command('keys', words, '--help')
      expect(help).toMatchObject({ text: expect.stringContaining('--budget-usd <number>') })
      expect(help).toMatchObject({ text: expect.stringContaining('--tokens-per-minute <number>') })
    }
  })
})
