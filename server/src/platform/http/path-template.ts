const parameter = /\{(\w+)\}/g
const lastParameter = /\{(\w+)\}$/

/**
 * `/v1/traces/{trace_id}` in the router's own notation. Where the last parameter takes the rest of
 * the path, slashes too, the router has no name for it.
 */
export function toRouterPath(template: string, takesRest = false): string {
  const escaped = template.replaceAll(':', '::')
  return (takesRest ? escaped.replace(lastParameter, '*') : escaped).replace(parameter, ':$1')
}

/** The router's parameters under the names of their template. */
export function namedParams(
  template: string,
  params: Readonly<Record<string, string>>,
): Record<string, string> {
  const { '*': rest, ...named } = params
  const name = lastParameter.exec(template)?.[1]
  return rest === undefined || name === undefined ? named : { ...named, [name]: rest }
}

/** Two templates with the same signature answer the same paths. */
export function signatureOf(template: string): string {
  return template.replace(parameter, '{}')
}

/** Matches the paths of a template as they are sent; a parameter is never empty. */
export function toPattern(template: string, hasSlashForm = false, takesRest = false): RegExp {
  const source = (takesRest ? template.replace(lastParameter, '') : template)
    .split(/(\{\w+\})/)
    .map((part) => (part.startsWith('{') ? '[^/]+' : RegExp.escape(part)))
  const rest = takesRest ? '.+' : ''
  return new RegExp(`^${source.join('')}${rest}${hasSlashForm ? '/?' : ''}$`)
}
