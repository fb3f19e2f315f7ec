import { describe, expect, it } from 'vitest'
import { createLog, type LogLevel } from './create-log.ts'

function linesOf(level: LogLevel, write: (log: ReturnType<typeof createLog>) => void): string[] {
  const lines: string[] = []
  write(createLog({ level, destination: { write: (line) => void lines.push(line) } }))
  return lines
}

describe('createLog', () => {
  it('writes one JSON line with level name, time and message', () => {
    const [line = ''] = linesOf('info', (log) => log.info({ port: 7474 }, 'listening'))
    expect(JSON.parse(line)).toEqual({
      level: 'info',
      time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
      port: 7474,
      msg: 'listening',
    })
  })

  it('leaves out what is below its level', () => {
    const write = (log: ReturnType<typeof createLog>): void => {
      log.debug('a')
      log.warn('b')
    }
    expect(linesOf('warn', write)).toHaveLength(1)
    expect(linesOf('silent', write)).toHaveLength(0)
  })

  it('hides secrets wherever an object holds them', () => {
    const [line = ''] = linesOf('info', (log) =>
      log.info({
        authorization: 'hidden-0',
        req: {
          headers: {
            authorization: 'hidden-1',
            cookie: 'hidden-2',
            'x-api-key': 'hidden-3',
            accept: '*/*',
          },
        },
        'x-api-key': 'hidden-4',
        provider: { api_key: 'hidden-5', name: 'openai' },
        a: { b: { c: { secret: 'hidden-6', password: 'hidden-7' } } },
      }),
    )
    expect(line).not.toContain('hidden')
    expect(JSON.parse(line)).toMatchObject({
      req: { headers: { authorization: '(secret)', 'x-api-key': '(secret)', accept: '*/*' } },
      provider: { api_key: '(secret)', name: 'openai' },
    })
  })

  it('tells an error and its causes without what hangs on them', () => {
    const cause = Object.assign(new Error('refused'), { code: 'ECONNREFUSED' })
    const error = Object.assign(new Error('no database', { cause }), { client: { key: 'hidden' } })
    const [line = ''] = linesOf('info', (log) => log.error({ err: error }, 'failed'))
    expect(line).not.toContain('hidden')
    expect(JSON.parse(line)).toMatchObject({
      msg: 'failed',
      err: {
        name: 'Error',
        message: 'no database',
        stack: expect.stringContaining('create-log.test.ts'),
        cause: { message: 'refused', code: 'ECONNREFUSED' },
      },
    })
  })
})
