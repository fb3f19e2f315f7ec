/**
 * Writes the files that are derived from the contracts and from the table of settings: run it
 * after changing a route, a schema or a setting (`npm run generate`). A test fails when a
 * committed file is behind.
 */
import { readFileSync } from 'node:fs'
import { writeFile } from 'node:fs/promises'
import { anthropicOpenApi } from '../contract/src/anthropic/document.ts'
import { beaconOpenApi } from '../contract/src/beacon/document.ts'
import { bodhiOpenApi } from '../contract/src/bodhi/document.ts'
import { houseOpenApi } from '../contract/src/house/document.ts'
import { hypersigilOpenApi } from '../contract/src/hypersigil/document.ts'
import { ollamaOpenApi } from '../contract/src/ollama/document.ts'
import { openAiOpenApi } from '../contract/src/openai/document.ts'
import { otlpOpenApi } from '../contract/src/otlp/document.ts'
import { renderReferenceMarkdown } from '../contract/src/reference.ts'
import { thunderOpenApi } from '../contract/src/thunder/document.ts'
import { toConfigTableMarkdown, toEnvExample } from '../server/src/app/config/help.ts'

const notice =
  '<!-- Written by scripts/generate-docs.ts from contract/src. Change it there, not here. -->'

/** Every generated file: its path from the root of the project, and its text. */
export function generatedFiles(): ReadonlyMap<string, string> {
  const beacon = beaconOpenApi()
  const thunder = thunderOpenApi()
  const house = houseOpenApi()
  const bodhi = bodhiOpenApi()
  const hypersigil = hypersigilOpenApi()
  const gateway = [openAiOpenApi(), anthropicOpenApi(), ollamaOpenApi()] as const
  const [openai, anthropic, ollama] = gateway
  return new Map([
    ['contract/openapi/anthropic.json', `${JSON.stringify(anthropic, null, 2)}\n`],
    ['contract/openapi/beacon.json', `${JSON.stringify(beacon, null, 2)}\n`],
    ['contract/openapi/bodhi.json', `${JSON.stringify(bodhi, null, 2)}\n`],
    ['contract/openapi/house.json', `${JSON.stringify(house, null, 2)}\n`],
    ['contract/openapi/hypersigil.json', `${JSON.stringify(hypersigil, null, 2)}\n`],
    ['contract/openapi/ollama.json', `${JSON.stringify(ollama, null, 2)}\n`],
    ['contract/openapi/openai.json', `${JSON.stringify(openai, null, 2)}\n`],
    ['contract/openapi/otlp.json', `${JSON.stringify(otlpOpenApi(), null, 2)}\n`],
    ['contract/openapi/thunder.json', `${JSON.stringify(thunder, null, 2)}\n`],
    [
      'docs/API.md',
      [
        notice,
        ...[beacon, thunder, ...gateway, bodhi, hypersigil, house].map(renderReferenceMarkdown),
      ].join('\n\n'),
    ],
    ['.env.example', toEnvExample()],
    ['README.md', withSettings(readFileSync(addressOf('README.md'), 'utf8'))],
  ])
}

/** The README with the table of settings between its two marks. */
function withSettings(readme: string): string {
  const [start, end] = ['<!-- settings -->', '<!-- /settings -->']
  const before = readme.slice(0, readme.indexOf(start) + start.length)
  return `${before}\n${toConfigTableMarkdown()}\n${readme.slice(readme.indexOf(end))}`
}

/** The address of a generated file. */
export function addressOf(path: string): URL {
  return new URL(`../${path}`, import.meta.url)
}

if (import.meta.main) {
  for (const [path, text] of generatedFiles()) {
    await writeFile(addressOf(path), text)
    console.log(path)
  }
}
