import { posix } from 'node:path'
import { parseSync } from 'oxc-parser'

/** One source file and what it refers to. Paths are relative to the repository, with `/`. */
export interface SourceFile {
  readonly path: string
  readonly lineCount: number
  /** Our own files it imports, also as types or dynamically. */
  readonly imports: readonly string[]
  /** Our own files it starts as a worker or a process, by `new URL('…', import.meta.url)`. */
  readonly starts: readonly string[]
  /** Packages and built-ins it imports, as written. */
  readonly packages: readonly string[]
  /** Names of variables at module level that can be assigned again. */
  readonly moduleVariables: readonly string[]
}

type SyntaxNode = Record<string, unknown> & { readonly type: string }

/** Parses files (path → text) into a graph. Throws on a file that does not parse. */
export function readSourceGraph(files: ReadonlyMap<string, string>): SourceFile[] {
  return [...files]
    .filter(([path]) => path.endsWith('.ts'))
    .map(([path, text]) => readSource(path, text))
}

function readSource(path: string, text: string): SourceFile {
  const { program, errors } = parseSync(path, text)
  const [error] = errors
  if (error) throw new Error(`${path}: ${error.message}`)
  const imported = new Set<string>()
  const started = new Set<string>()
  walk(program, (node) => {
    const reference = importOf(node)
    if (reference !== undefined) imported.add(reference)
    const entry = relativeUrl(node)
    if (entry !== undefined) started.add(entry)
  })
  const targets = [...imported].map((reference) => resolve(path, reference))
  const statements: readonly unknown[] = program.body
  return {
    path,
    lineCount: text.split('\n').length - (text.endsWith('\n') ? 1 : 0),
    imports: targets.flatMap((target) => (target.kind === 'file' ? [target.path] : [])),
    starts: [...started].map((entry) => posix.join(posix.dirname(path), entry)),
    packages: targets.flatMap((target) => (target.kind === 'package' ? [target.name] : [])),
    moduleVariables: statements.filter(isNode).flatMap(variablesOf),
  }
}

function walk(value: unknown, visit: (node: SyntaxNode) => void): void {
  if (Array.isArray(value)) {
    for (const item of value) walk(item, visit)
  } else if (isNode(value)) {
    visit(value)
    for (const child of Object.values(value)) walk(child, visit)
  }
}

function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && 'type' in value && typeof value.type === 'string'
  )
}

/** What an import, a re-export, `import()` or `import('…').T` names. */
function importOf(node: SyntaxNode): string | undefined {
  switch (node.type) {
    case 'ImportDeclaration':
    case 'ExportNamedDeclaration':
    case 'ExportAllDeclaration':
    case 'ImportExpression':
    case 'TSImportType':
      return textOf(node['source'])
    default:
      return undefined
  }
}

function relativeUrl(node: SyntaxNode): string | undefined {
  const { type, callee, arguments: args } = node
  if (
    type !== 'NewExpression' ||
    !isNode(callee) ||
    callee['name'] !== 'URL' ||
    !Array.isArray(args)
  )
    return undefined
  const [reference, base]: unknown[] = args
  const text = textOf(reference)
  if (!text?.endsWith('.ts') || !isOwnUrl(base)) return undefined
  return text.startsWith('.') ? text : `./${text}`
}

/** `import.meta.url` */
function isOwnUrl(node: unknown): boolean {
  if (!isNode(node) || !isNode(node['object']) || !isNode(node['property'])) return false
  return node['object'].type === 'MetaProperty' && node['property']['name'] === 'url'
}

function textOf(node: unknown): string | undefined {
  return isNode(node) && typeof node['value'] === 'string' ? node['value'] : undefined
}

function variablesOf(statement: SyntaxNode): string[] {
  const declaration = isNode(statement['declaration']) ? statement['declaration'] : statement
  if (declaration.type !== 'VariableDeclaration' || declaration['kind'] === 'const') return []
  const { declarations } = declaration
  if (!Array.isArray(declarations)) return []
  return declarations.map((each: unknown) => {
    const id = isNode(each) ? each['id'] : undefined
    return isNode(id) && typeof id['name'] === 'string' ? id['name'] : '(pattern)'
  })
}

type Target = { kind: 'file'; path: string } | { kind: 'package'; name: string }

function resolve(from: string, reference: string): Target {
  if (reference.startsWith('.')) {
    return { kind: 'file', path: posix.join(posix.dirname(from), reference) }
  }
  const contract = '@pharos/contract/'
  if (reference.startsWith(contract)) {
    return { kind: 'file', path: `contract/src/${reference.slice(contract.length)}` }
  }
  return { kind: 'package', name: reference }
}
