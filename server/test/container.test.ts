import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { parse } from 'yaml'
import { z } from 'zod'
import { optionRows } from '../src/app/config/options.ts'
import { readArguments } from '../src/app/config/read-arguments.ts'

const pathOf = (path: string): string => fileURLToPath(new URL(`../../${path}`, import.meta.url))
const read = (path: string): string => readFileSync(pathOf(path), 'utf8')

/** Instructions without comments, continued lines joined. */
const instructions = read('Dockerfile')
  .replaceAll(/^#.*\n/gm, '')
  .replaceAll(/\s*\\\n\s*/g, ' ')
  .split('\n')
  .filter((line) => line !== '')
const argumentsOf = (name: string): string[] =>
  instructions
    .filter((line) => line.startsWith(`${name} `))
    .map((line) => line.slice(name.length + 1))
const words = (json = ''): string[] => z.array(z.string()).parse(JSON.parse(json))

const Compose = z.object({
  services: z.record(
    z.string(),
    z.looseObject({
      environment: z.record(z.string(), z.string()),
      ports: z.array(z.string()).optional(),
      volumes: z.array(z.string()),
    }),
  ),
  volumes: z.record(z.string(), z.null()),
})

describe('The container image', () => {
  it('copies what is there and what the list of exceptions lets in', () => {
    const allowed = read('.dockerignore')
      .split('\n')
      .filter((line) => line.startsWith('!'))
      .map((line) => line.slice(1))
    const sources = argumentsOf('COPY').flatMap((line) => line.split(' ').slice(0, -1))
    expect(sources.length).toBeGreaterThan(5)
    expect(sources.toSorted()).toEqual(allowed.toSorted())
    expect(sources.filter((source) => !existsSync(pathOf(source)))).toEqual([])
  })

  it('starts the server with words that it knows, on the port that it tells', () => {
    const start = words(argumentsOf('CMD').at(-1))
    const { command, layer } = readArguments(start)
    expect(command).toEqual({ name: 'start' })
    expect(layer.given.get('port')?.texts).toEqual(argumentsOf('EXPOSE'))
    expect(layer.given.get('auth')?.texts).toEqual(['required'])
    const [, ...entry] = words(argumentsOf('ENTRYPOINT')[0])
    expect(existsSync(pathOf(entry.at(-1) ?? ''))).toBe(true)
  })

  it('runs as nobody in particular, with its data in a volume, on the pinned Node', () => {
    expect(argumentsOf('USER')).toEqual(['node'])
    expect(argumentsOf('ENV').join(' ')).toContain(`PHAROS_DATA_DIR=${argumentsOf('VOLUME')[0]}`)
    const major = process.versions.node.split('.')[0]
    expect(argumentsOf('FROM')).toEqual([`node:${major}-slim`])
  })
})

describe('The compose file', () => {
  it('is YAML, and every setting in it is one of ours', () => {
    const { services, volumes } = Compose.parse(parse(read('compose.yaml')))
    const { pharos, postgres } = services
    const known = optionRows().flatMap(([, { env }]) => env)
    expect(Object.keys(pharos?.environment ?? {}).filter((name) => !known.includes(name))).toEqual(
      [],
    )
    expect(pharos?.ports?.[0]).toMatch(/:6767$/)
    const used = [pharos, postgres].flatMap((service) => service?.volumes ?? [])
    expect(used.map((volume) => volume.split(':')[0])).toEqual(Object.keys(volumes))
  })
})
