import { commandSpecs, optionsOf, type CommandSpec } from './commands.ts'
import { optionRows, type OptionKind, type OptionSpec } from './options.ts'

const program = 'npm start --'
const lineWidth = 96

function wrap(text: string, indent: number): string {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + word.length + 1 > lineWidth) {
      lines.push(line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  return [...lines, line].join(`\n${' '.repeat(indent)}`)
}

function twoColumns(rows: readonly (readonly [string, string])[]): string {
  const width = Math.max(0, ...rows.map(([left]) => left.length)) + 4
  return rows.map(([left, right]) => `  ${left.padEnd(width - 2)}${wrap(right, width)}`).join('\n')
}

function valueWord(spec: OptionKind): string {
  switch (spec.kind) {
    case 'list':
      return spec.item
    case 'integer':
    case 'number':
      return 'number'
    case 'bytes':
      return 'size'
    case 'choice':
      return spec.choices.join('|')
    case 'boolean':
      return ''
    case 'path':
      return 'path'
    case 'postgres-url':
    case 'http-url':
      return 'url'
    case 'master-key':
      return 'key'
    case 'text':
      return 'text'
  }
}

function flagWord(spec: OptionSpec): string {
  const value = spec.kind === 'choice' ? 'word' : valueWord(spec)
  return value === '' ? `--${spec.flag}` : `--${spec.flag} <${value}>`
}

function defaultWord(spec: OptionSpec): string {
  if (spec.fallbackWord !== undefined) return spec.fallbackWord
  if (spec.fallback !== null) return spec.fallback
  if (spec.kind === 'http-url' && spec.group === 'providers') return 'its public one'
  return spec.optional && !spec.secret ? 'off' : 'none'
}

/** The bounds of a value in words, or nothing where the meaning says it all. */
function boundsWord(spec: OptionSpec): string {
  if (spec.kind === 'choice') return spec.choices.map((choice) => `\`${choice}\``).join(', ')
  if (spec.kind === 'integer') return `${spec.min}–${spec.max}`
  if (spec.kind === 'number') return `above ${spec.moreThan}, up to ${spec.max}`
  return spec.kind === 'list' ? 'repeatable, or by comma' : ''
}

function optionLine(spec: OptionSpec): readonly [string, string] {
  const choices = spec.kind === 'choice' ? [spec.choices.join('|')] : []
  const facts = [...choices, `default ${defaultWord(spec)}`, spec.env.join(', ')]
  return [flagWord(spec), `${spec.meaning} (${facts.join('; ')})`.replaceAll('`', '')]
}

function commandWords({ words, takes = [] }: CommandSpec): string {
  const args = takes.map(({ word, isOptional }) => (isOptional ? `[${word}]` : `<${word}>`))
  return [words, ...args].join(' ')
}

/** The text of `--help`: commands, all flags, and the settings that have no flag. */
export function programHelp(): string {
  const rows = optionRows().map(([, spec]) => spec)
  return [
    `Usage: ${program} [command] [options]\n`,
    'Commands',
    twoColumns(commandSpecs.map((spec) => [commandWords(spec), spec.summary])),
    '\nOptions',
    twoColumns([
      ...rows.filter(({ flag }) => flag !== null).map(optionLine),
      ['--help, --version', 'Print this text, or the version'],
    ]),
    '\nEnvironment only',
    twoColumns(
      rows
        .filter(({ flag }) => flag === null)
        .map(({ env, meaning }) => [env.join(', '), meaning.replaceAll('`', '')]),
    ),
    `\n${wrap(
      'The command line beats the environment (and a .env file in the working folder), which beats settings.yaml in the data folder. An empty value counts as not set.',
      0,
    )}\n`,
  ].join('\n')
}

/** The text of `<command> --help`. */
export function commandHelp(spec: CommandSpec): string {
  const own = spec.flags.map(({ flag, value, meaning }): readonly [string, string] => [
    value === undefined ? `--${flag}` : `--${flag} <${value}>`,
    meaning,
  ])
  const takes = (spec.takes ?? []).map(({ word, meaning }): readonly [string, string] => [
    `<${word}>`,
    meaning,
  ])
  return [
    `Usage: ${program} ${commandWords(spec)} [options]\n`,
    `${spec.summary}.\n`,
    twoColumns([...takes, ...own, ...optionsOf(spec).map(([, row]) => optionLine(row))]),
    '',
  ]
    .join('\n')
    .replaceAll('`', '')
}

/** The settings as the table of the README, in Markdown. */
export function toConfigTableMarkdown(): string {
  const code = (text: string): string => `\`${text}\``
  const rows = optionRows().map(([, spec]) => {
    const bounds = boundsWord(spec)
    const cells = [
      spec.flag === null ? '–' : code(`--${spec.flag}`),
      spec.env.map(code).join(', '),
      spec.file === null ? '–' : code(spec.file),
      spec.fallback === null ? defaultWord(spec) : code(spec.fallback),
      bounds === '' ? `${spec.meaning}.` : `${spec.meaning} (${bounds}).`,
    ]
    return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
  })
  const head = [
    '| Flag | Environment | `settings.yaml` | Default | Meaning |',
    '|---|---|---|---|---|',
  ]
  return `${[...head, ...rows].join('\n')}\n`
}

/** The text of `.env.example`: every setting under its own name, commented out. */
export function toEnvExample(): string {
  const blocks = optionRows().map(([, spec]) => {
    const aliases = spec.env.slice(1)
    const also = aliases.length === 0 ? '' : ` (also ${aliases.join(', ')})`
    const text = `${spec.meaning.replaceAll('`', '')}.${also}`
    const comment = text.match(/.{1,94}(?: |$)/g)?.map((line) => `# ${line.trimEnd()}`) ?? []
    return [...comment, `# ${spec.env[0]}=${spec.fallback ?? ''}`].join('\n')
  })
  const head = [
    '# Copy to .env in the folder you start Pharos from; the environment beats this file.',
    '# An empty value counts as not set; the word "off" switches an optional setting off.',
  ].join('\n')
  return `${[head, ...blocks].join('\n\n')}\n`
}
